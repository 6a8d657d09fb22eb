export default function ({ data, parentElement }) {
  const line = parentElement.querySelector('[role="status"]');
  if (line.textContent !== data) line.textContent = data;
}

# Fusion Playground in a container: `docker build -t fusion-playground .`, then
# `docker run -p 8501:8501 -v fusion:/app/.data -e FUSION_ALLOWED_HOSTS=localhost fusion-playground`.
FROM python:3.12-slim

RUN useradd --create-home --uid 1000 fusion && install -d -o fusion -g fusion /app /app/.data
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir -r requirements.lock "psycopg[binary]==3.3.9" "distributed==2026.8.0"
COPY --chown=fusion . .

USER fusion
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 PORT=8501 STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE=true
VOLUME /app/.data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "exec streamlit run app.py --server.port $PORT --server.headless true"]

"""A playground for each user of a JupyterHub: `jupyterhub -f deploy/jupyterhub_config.py`.

The users' environment needs `pip install "jupyter-server-proxy[standalone]"` beside
requirements.lock, and the playground in the folder below.
"""

c = get_config()  # noqa: F821

c.Spawner.cmd = ["jupyter", "standaloneproxy"]
c.Spawner.args = [
    "--",
    *("streamlit", "run", "serve.py", "--server.headless", "true"),
    *("--server.port", "{port}", "--server.address", "127.0.0.1"),
]
c.Spawner.notebook_dir = "/srv/fusion-playground"
c.Spawner.http_timeout = 60

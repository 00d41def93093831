"""How gunicorn serves the shop: nothing here knows that it may be debugged one day."""

bind = "0.0.0.0:8000"
workers = 3
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 30
# Longer than the proxy in front keeps an idle connection: it is the proxy that closes.
keepalive = 75
# In memory: the heartbeat must not wait for a disk, and / may be read-only.
worker_tmp_dir = "/dev/shm"
accesslog = "-"

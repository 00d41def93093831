"""What uWSGI imports in its worker, by the kit's configuration; a module without an effect else."""

import uwsgi as _uwsgi

from . import uwsgi

uwsgi.in_worker(_uwsgi)

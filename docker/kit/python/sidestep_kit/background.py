"""Which threads and tasks are schedulers or consumers: what they do, not what was imported."""

import os
import sys

_LIBRARY = os.path.dirname(os.__file__) + os.sep

#: What runs twice in two instances, what they share between them, and what comes to both.
JOBS, MESSAGES, BROADCAST = "jobs", "messages", "broadcast"

#: How a module's name begins, the functions of it that only such a thread is in (none: all), the
#: library's name, and what it works for.
_MODULES = (
    ("apscheduler.schedulers", (), "APScheduler", JOBS),
    ("schedule", ("run_pending",), "schedule", JOBS),
    ("celery.beat", (), "Celery's beat", JOBS),
    ("rq_scheduler", (), "rq-scheduler", JOBS),
    ("rocketry", (), "Rocketry", JOBS),
    ("celery.worker", (), "Celery's worker", MESSAGES),
    ("celery.apps.worker", (), "Celery's worker", MESSAGES),
    ("kombu.mixins", (), "kombu", MESSAGES),
    ("django_q", (), "Django Q", MESSAGES),
    ("dramatiq.worker", (), "Dramatiq", MESSAGES),
    ("huey.consumer", (), "Huey", MESSAGES),
    ("rq.worker", (), "RQ", MESSAGES),
    ("arq.worker", (), "arq", MESSAGES),
    ("pika", ("start_consuming", "consume"), "pika", MESSAGES),
    ("aio_pika", ("consume", "iterator", "__anext__"), "aio-pika", MESSAGES),
    ("kafka.coordinator", (), "Kafka", MESSAGES),
    ("kafka.consumer", (), "Kafka", MESSAGES),
    ("aiokafka.consumer", (), "Kafka", MESSAGES),
    ("redis", ("listen", "get_message"), "Redis pub/sub", BROADCAST),
    ("google.cloud.pubsub_v1.subscriber", (), "Google Pub/Sub", MESSAGES),
    ("paho.mqtt.client", (), "MQTT", BROADCAST),
)

#: Polling loops are mostly in the app's own code: the module that is imported, what the code of
#: the loop calls, the library's name, and what it works for.
_LOOPS = (
    ("schedule", {"run_pending"}, "schedule", JOBS),
    ("confluent_kafka", {"poll", "consume"}, "Kafka", MESSAGES),
)

#: What threads are called whose names say what they are for.
_WORDS = (("scheduler", JOBS), ("cron", JOBS), ("consumer", MESSAGES), ("subscriber", MESSAGES))


def kind(name, frames):
    """The library that such a thread is of, and what it works for; None for any other thread."""
    for frame in frames:
        found = _of_frame(frame)
        if found:
            return found
    words = name.lower().replace("-", " ").replace("_", " ")
    for word, what in _WORDS:
        if word in words:
            return "the app", what
    return None


def _of_frame(frame):
    module, code = frame.f_globals.get("__name__"), frame.f_code
    if not isinstance(module, str):
        return None
    for begin, functions, library, what in _MODULES:
        if module == begin or module.startswith(begin + "."):
            if not functions or code.co_name in functions:
                return library, what
    file = code.co_filename
    if file.startswith(_LIBRARY) and "-packages" not in file:
        return None  # Python's own polls for much else.
    for needed, calls, library, what in _LOOPS:
        if needed in sys.modules and not calls.isdisjoint(code.co_names):
            return library, what
    return None

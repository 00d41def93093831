"""Which threads and tasks are schedulers or consumers: what they do, not what was imported."""

import sys

#: How a module's name begins, the functions of it that only such a thread is in (none: all), the
#: library's name, and whether it schedules jobs; others take messages.
_MODULES = (
    ("apscheduler.schedulers", (), "APScheduler", True),
    ("schedule", ("run_pending",), "schedule", True),
    ("celery.beat", (), "Celery's beat", True),
    ("rq_scheduler", (), "rq-scheduler", True),
    ("rocketry", (), "Rocketry", True),
    ("celery.worker", (), "Celery's worker", False),
    ("celery.apps.worker", (), "Celery's worker", False),
    ("kombu.mixins", (), "kombu", False),
    ("django_q", (), "Django Q", False),
    ("dramatiq.worker", (), "Dramatiq", False),
    ("huey.consumer", (), "Huey", False),
    ("rq.worker", (), "RQ", False),
    ("arq.worker", (), "arq", False),
    ("pika", ("start_consuming", "consume"), "pika", False),
    ("aio_pika", ("consume", "iterator", "__anext__"), "aio-pika", False),
    ("kafka.coordinator", (), "Kafka", False),
    ("kafka.consumer", (), "Kafka", False),
    ("aiokafka.consumer", (), "Kafka", False),
    ("redis", ("listen", "get_message"), "Redis pub/sub", False),
    ("google.cloud.pubsub_v1.subscriber", (), "Google Pub/Sub", False),
    ("paho.mqtt.client", (), "MQTT", False),
)

#: Polling loops are mostly in the app's own code: the module that is imported, what the code of
#: the loop calls, the library's name, and whether it schedules.
_LOOPS = (
    ("schedule", {"run_pending"}, "schedule", True),
    ("confluent_kafka", {"poll", "consume"}, "Kafka", False),
)

#: What threads are called whose names say what they are for.
_WORDS = (("scheduler", True), ("cron", True), ("consumer", False), ("subscriber", False))


def kind(name, frames):
    """What such a thread works for, and whether it schedules; None for any other thread."""
    for frame in frames:
        found = _of_frame(frame)
        if found:
            return found
    words = name.lower().replace("-", " ").replace("_", " ")
    for word, schedules in _WORDS:
        if word in words:
            return "the app", schedules
    return None


def _of_frame(frame):
    module, code = frame.f_globals.get("__name__"), frame.f_code
    if not isinstance(module, str):
        return None
    for begin, functions, library, schedules in _MODULES:
        if module == begin or module.startswith(begin + "."):
            if not functions or code.co_name in functions:
                return library, schedules
    for needed, calls, library, schedules in _LOOPS:
        if needed in sys.modules and not calls.isdisjoint(code.co_names):
            return library, schedules
    return None

"""Where a file is: in the container's own file system, or in one that others may share."""

import os

#: File systems that each container has for itself.
_PRIVATE = {"tmpfs", "ramfs", "devtmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2"}

OWN, SHARED, PRIVATE = "own", "shared", "private"


def kind(path, mountinfo=None):
    """`OWN` for a file in the container's own layers, `SHARED` for one that can be written on a
    mount from outside, `PRIVATE` for memory and what is read-only.

    `mountinfo` is the text of `/proc/self/mountinfo`, which is read if it is not given.
    """
    if mountinfo is None:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mountinfo = file.read()
    point, options, system = "", [], ""
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        at = _unescaped(fields[4])
        inside = at == "/" or path == at or path.startswith(at + "/")
        # The last of those at one place covers the others.
        if inside and len(at) >= len(point):
            point, options = at, fields[5].split(",")
            system = fields[fields.index("-", 6) + 1]
    if point == "/":
        return OWN
    if not point or system in _PRIVATE or "ro" in options:
        return PRIVATE
    return SHARED


def _unescaped(text):
    """Blanks and the like are octal there."""
    for code in ("\\040", "\\011", "\\012", "\\134"):
        text = text.replace(code, chr(int(code[1:], 8)))
    return text


def writable(path):
    """Whether this process may write the file, or create it."""
    return os.access(path if os.path.exists(path) else os.path.dirname(path), os.W_OK)

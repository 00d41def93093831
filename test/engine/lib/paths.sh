# Where everything of our Engine lives, and nothing else does: removing these
# folders removes it. Each version has its own programs and its own data, so
# that neither ever reads what the other wrote.

# The Engine's programs, unpacked beside the system: PROGRAMS/<version>/usr/…
readonly PROGRAMS=/opt/sidestep-engine

# Images, containers, volumes and the log: DATA/<version>/…
readonly DATA=/var/lib/sidestep-engine

# The pid file, the locks and containerd's sockets; gone after a reboot.
readonly RUN=/run/sidestep-engine

# The one socket an Engine is started on.
readonly SOCKET=/var/run/docker.sock

# The one pid file: only one of our Engines runs at a time.
readonly PID_FILE=$RUN/dockerd.pid

# Where every docker client looks for plugins, whoever the user is.
readonly PLUGINS=/usr/local/libexec/docker/cli-plugins

# engine_log VERSION: the file dockerd writes its log to.
engine_log() { printf '%s/%s/dockerd.log' "$DATA" "$1"; }

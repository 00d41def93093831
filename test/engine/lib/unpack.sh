# Puts Debian's packages beside the system, where they touch nothing of it.

# unpack CODENAME FOLDER PACKAGE…: the packages of that Debian release, unpacked
# into a folder. The folder appears whole or not at all: a run that dies
# half-way leaves only FOLDER.partial, which the next one starts over.
unpack() {
  local codename=$1 folder=$2 partial=$2.partial
  shift 2
  rm -rf "$partial"
  mkdir -p "$partial/root"
  (cd "$partial" && download "$codename" "$@")
  local package
  for package in "$partial"/*.deb; do
    dpkg-deb -x "$package" "$partial/root"
  done
  rm -rf "$folder"
  mv "$partial/root" "$folder"
  rm -rf "$partial"
}

# download CODENAME PACKAGE…: fetches packages into the current folder, with an
# apt configuration of its own: the machine's sources, lists, preferences and
# packages are neither read nor changed. Signatures are checked as always.
download() {
  local codename=$1 here=$PWD
  shift
  mkdir -p apt/lists/partial apt/cache/archives/partial apt/none
  : >apt/status
  debian_sources "$codename" >apt/sources.sources
  local options=(
    -o "Dir::Etc::SourceList=$here/apt/sources.sources"
    -o "Dir::Etc::SourceParts=$here/apt/none"
    -o "Dir::Etc::Preferences=/dev/null"
    -o "Dir::Etc::PreferencesParts=$here/apt/none"
    -o "Dir::State::Lists=$here/apt/lists"
    -o "Dir::State::Status=$here/apt/status"
    -o "Dir::Cache=$here/apt/cache"
    # root's folders cannot be entered by apt's own user
    -o "APT::Sandbox::User=root"
  )
  refresh_keys "$codename"
  apt-get "${options[@]}" --error-on=any update
  apt-get "${options[@]}" download "$@"
}

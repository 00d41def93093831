#!/bin/sh
# Runs the kit's tests on every Python there is: python3.8 to python3.14 on PATH, python3, and those
# that SIDESTEP_PYTHONS lists (paths, separated by spaces). SIDESTEP_TEST_GUNICORN may name a folder
# with gunicorn in it, SIDESTEP_TEST_FRAMEWORKS one with Django, Flask and FastAPI.
cd "$(dirname "$0")/.." || exit 1
./vendor.sh || exit 1
export PYTHONDONTWRITEBYTECODE=1

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
total=0 pythons=0 failed=0 seen=' '

for candidate in python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 \
  python3.14 $SIDESTEP_PYTHONS; do
  # Version and true path: names may be links, or scripts that stand for nothing.
  version=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) ||
    continue
  case $version in 3.[0-7].*) echo "python $version ($candidate): too old, left out"; continue ;; esac
  case $seen in *" $version "*) continue ;; esac
  seen="$seen$version "
  if "$candidate" -m unittest discover -v -s tests -t . >"$log" 2>&1; then
    result=passed
  else
    result=FAILED
    failed=$((failed + 1))
    cat "$log"
  fi
  count=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in .*/\1/p' "$log")
  echo "python $version ($candidate): ${count:-0} tests, $(tail -n 1 "$log"): $result"
  sed -n "s/.* \.\.\. skipped ['\"]\(.*\)['\"]$/  left out: \1/p" "$log" | sort | uniq -c
  total=$((total + ${count:-0}))
  pythons=$((pythons + 1))
done

if [ "$pythons" -eq 0 ]; then
  echo "kit: no Python of 3.8 or newer found; install one, or list some in SIDESTEP_PYTHONS" >&2
  exit 1
fi
if [ "$failed" -ne 0 ]; then
  echo "kit: FAILED on $failed of $pythons Pythons" >&2
  exit 1
fi
echo "kit: $total tests on $pythons Pythons passed"

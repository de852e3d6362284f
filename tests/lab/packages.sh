# shellcheck shell=bash
# Sourced by ./run and by the lab: installing Debian packages and nothing else.

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
  comm -13 <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null | sed -n 's/^installed //p' | sort -u) \
    <(printf '%s\n' "$@" | sort -u)
}

# install_packages LOG PACKAGE...: as root or through sudo; apt's own words go to LOG.
# A policy-rc.d that forbids starting services is there meanwhile, and PostgreSQL makes no cluster of its own.
install_packages() {
  local log=$1 sudo=(); shift
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || { echo "install as root first: apt-get install $*" >&2; return 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" bash -s -- "$@" > "$log" 2>&1 <<'ROOT' || { tail -5 "$log" >&2; echo "apt-get failed, see $log" >&2; return 1; }
    set -euo pipefail
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
      trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    case " $* " in *" postgresql-"*)
      mkdir -p /etc/postgresql-common
      [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf ;;
    esac
    get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq "$@" < /dev/null; }
    get install -y --no-install-recommends "$@" || { get update && get install -y --no-install-recommends "$@"; }
ROOT
}

#!/bin/sh
# Installs the Fixative in whose folder this file stands, and starts it. It may be run again at any time: after an
# upgrade, after a change of the settings, after it was broken off.
#
#   sudo infra/deploy/vm/install.sh        PYTHON=python3.13 before it for another Python
#
# What it makes:
#   /opt/fixative/releases/NAME   a version with its Python packages; once whole, it is not changed any more
#   /opt/fixative/current         leads to the one that runs, and `previous` to the one before
#   /etc/fixative/environment     the settings; written once, then yours
#   /usr/local/bin/fixative       the command, with these settings
#   /etc/systemd/system/fixative-*
set -eu
umask 022

PYTHON=${PYTHON:-python3}
HOME_OF_ALL=/opt/fixative
SETTINGS=/etc/fixative/environment
UNITS='fixative-receiver.socket fixative-receiver.service fixative-worker@.service fixative-console.service'
SHIPPED='archive console egress providers receiver runtime workers infra/deploy pyproject.toml requirements.txt LICENSE'

source=$(cd "$(dirname "$0")/../../.." && pwd -P)
here=$source/infra/deploy/vm

fail() {
	echo "install.sh: $1" >&2
	exit 1
}

may_begin() {
	[ "$(id -u)" = 0 ] || fail 'run it as root: sudo infra/deploy/vm/install.sh'
	command -v systemctl >/dev/null || fail 'there is no systemd here; infra/deploy/README.md lists other ways'
	"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
		fail "$PYTHON is not Python 3.11 or newer; name another one: PYTHON=python3.13 infra/deploy/vm/install.sh"
	case $("$PYTHON" -c 'import sys; print(sys.base_prefix)') in
	/root/* | /home/* | /tmp/*)
		fail "$(command -v "$PYTHON") lies where no service may look; name one of the system: PYTHON=/usr/bin/python3"
		;;
	esac
	"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
		fail "$PYTHON has no venv; on Debian and Ubuntu: apt-get install python3-venv"
}

# One version, one name: by its files and by the Python that it runs on.
name_of_release() {
	(
		cd "$source"
		# shellcheck disable=SC2086 # they are several words
		find $SHIPPED -type f ! -name '*.pyc' -exec sha256sum {} + | LC_ALL=C sort
		"$PYTHON" -c 'import sys; print(sys.version, sys.base_prefix)'
	) | sha256sum | cut -c 1-12
}

# A release that was broken off has no `.whole`, and is made anew.
make_release() {
	release=$HOME_OF_ALL/releases/$1
	[ ! -e "$release/.whole" ] || return 0
	rm -rf "$release"
	mkdir -p "$release"
	# shellcheck disable=SC2086
	(cd "$source" && tar --exclude=__pycache__ --no-same-owner -cf - $SHIPPED) | tar -C "$release" --no-same-owner -xf -
	"$PYTHON" -m venv "$release/.venv"
	"$release/.venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
		-r "$release/requirements.txt"
	# So that the command finds its modules from whatever folder it is called in.
	"$release/.venv/bin/python" -c "import site; print(site.getsitepackages()[0])" | while read -r packages; do
		echo "$release" >"$packages/fixative.pth"
	done
	"$release/.venv/bin/python" -m compileall -q "$release" -x '/\.venv/' ||
		fail "the files of $source do not compile with $PYTHON"
	(cd / && "$release/.venv/bin/python" -c 'import receiver.__main__, workers.__main__, console.__main__') ||
		fail 'the new version does not start; nothing was changed'
	touch "$release/.whole"
}

make_user() {
	id -u fixative >/dev/null 2>&1 ||
		useradd --system --user-group --no-create-home --home-dir /var/lib/fixative --shell /usr/sbin/nologin fixative
}

# Written whole or not at all, since a key that was minted with must not be lost.
make_settings() {
	[ ! -e "$SETTINGS" ] || return 0
	mkdir -p "$(dirname "$SETTINGS")"
	key=$("$release/.venv/bin/python" -P -m console.cli url --new-key)
	(
		umask 077
		sed "s|^TICKET_KEYS=\$|TICKET_KEYS=$key|" "$here/environment" >"$SETTINGS.new"
	)
	mv "$SETTINGS.new" "$SETTINGS"
}

lead() {
	ln -s "$2" "$1.new.$$"
	mv -T "$1.new.$$" "$1"
}

switch_to_release() {
	running=$(readlink "$HOME_OF_ALL/current" || true)
	if [ "$running" != "$release" ]; then
		[ -z "$running" ] || lead "$HOME_OF_ALL/previous" "$running"
		lead "$HOME_OF_ALL/current" "$release"
	fi
	for unit in $UNITS; do
		cmp -s "$release/infra/deploy/vm/$unit" "/etc/systemd/system/$unit" ||
			install -m 644 "$release/infra/deploy/vm/$unit" /etc/systemd/system/
	done
	install -m 755 "$release/infra/deploy/vm/fixative" /usr/local/bin/
	systemctl daemon-reload
}

# What nothing leads to is of an older version.
clear_away() {
	for old in "$HOME_OF_ALL"/releases/*; do
		case $old in
		"$(readlink "$HOME_OF_ALL/current")" | "$(readlink "$HOME_OF_ALL/previous" || true)") ;;
		*) rm -rf "$old" ;;
		esac
	done
}

# The socket is started, and never again: it holds the door meanwhile.
restart() {
	systemctl enable --quiet --now fixative-receiver.socket
	systemctl enable --quiet fixative-receiver.service fixative-worker@1.service
	systemctl restart fixative-receiver.service
	systemctl try-restart 'fixative-worker@*.service'
	systemctl start fixative-worker@1.service
	if grep -q '^CONSOLE_URL=.' "$SETTINGS"; then
		systemctl enable --quiet fixative-console.service
		systemctl restart fixative-console.service
	fi
}

is_ready() {
	"$release/.venv/bin/python" - <<-'END'
		import sys, time, urllib.request

		ends = time.monotonic() + 30
		while True:
		    try:
		        urllib.request.urlopen("http://127.0.0.1:8443/readyz", timeout=5)
		        sys.exit(0)
		    except OSError as error:
		        if time.monotonic() > ends:
		            sys.exit(f"the receiver is not ready: {error}")
		        time.sleep(0.5)
	END
}

may_begin
mkdir -p "$HOME_OF_ALL/releases"
# Two of these, at the same time, do the one after the other.
exec 9>"$HOME_OF_ALL/.lock"
flock 9
make_release "$(name_of_release)"
make_user
make_settings
switch_to_release
clear_away
missing=$(sed -n 's/^\([A-Z0-9_]*\)=[[:space:]]*$/\1/p' "$SETTINGS" | tr '\n' ' ')
if [ -n "$missing" ]; then
	echo "Installed, and not started yet. Say in $SETTINGS what these are, and run this again: $missing"
	exit 0
fi
restart
is_ready || fail 'see: journalctl -u fixative-receiver -n 20, and: fixative doctor'
echo "Fixative runs: $(readlink "$HOME_OF_ALL/current"). Look at it all: sudo fixative doctor"

# shellcheck shell=bash
# What deploy/up, deploy/test and deploy/bench share: what a machine must have, and how it gets what it
# lacks. To be sourced from the root of the checkout. Decides nothing about the services.

# A machine that cannot do it: the word says what would help. The binary's own code for this is 2 too.
readonly bad_environment=2

say() { echo "$(basename "$0"): $*" >&2; }

die() {
    say "$@"
    exit "$bad_environment"
}

has() { command -v "$1" >/dev/null 2>&1; }

# Is version $1 at least version $2?
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# --- Packages of Debian and Ubuntu ---------------------------------------------------------------

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    else
        sudo -n -- "$@"
    fi
}

# Makes sure that packages could be installed, and dies with a word that names them if not.
require_apt() {
    has apt-get || die "this needs $*, and there is no apt-get here to install them: install them yourself, then try again"
    [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null ||
        die "this needs $*: install them as root (apt-get install --no-install-recommends $*), or run this as root or as a user whose sudo asks no password"
}

apt_is_updated=no
# Runs apt-get as root. On a terminal its own progress shows; elsewhere only what goes wrong does.
apt() {
    local log code=0
    if [[ -t 2 ]]; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
        return
    fi
    log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$log" 2>&1 || code=$?
    if [[ $code != 0 ]]; then tail -n 20 "$log" >&2; fi
    rm -f "$log"
    return "$code"
}

# Updates the package lists, once: a machine that was just installed has none.
update_apt() {
    [[ $apt_is_updated == no ]] || return 0
    say "reading the package lists"
    apt update || die "apt-get update failed: see above, mend the network or the package sources, then try again"
    apt_is_updated=yes
}

install_packages() {
    require_apt "$@"
    update_apt
    say "installing $*"
    apt install -y --no-install-recommends "$@" ||
        die "apt-get could not install $*: see above, mend it, then try again"
}

# The version of a package that would be installed; empty if there is none.
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -v '(none)' || true; }

# --- What the project needs ----------------------------------------------------------------------

# The compiler of C and C++ and make are for librdkafka, which its crate builds from source.
install_build_tools() {
    local missing=()
    if ! has g++; then missing+=(g++); fi
    if ! has make; then missing+=(make); fi
    if [[ ${#missing[@]} -gt 0 ]]; then install_packages "${missing[@]}"; fi
}

# The oldest compiler that will do.
rust_minimum() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

rust_version() { rustc --version 2>/dev/null | cut -d ' ' -f 2; }

rust_is_ready() { has cargo && has rustc && at_least "$(rust_version)" "$(rust_minimum)"; }

# Rust: the user's own if it is new enough, or else the distribution's.
install_rust() {
    local minimum packages
    minimum=$(rust_minimum)
    # rustup changes PATH for shells to come, not for the one that it was installed from.
    if ! has cargo && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
        PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    fi
    if rust_is_ready; then return; fi
    if has rustup; then
        die "Rust $(rust_version) is too old, $minimum or later is needed: rustup update stable && rustup default stable"
    fi
    require_apt "Rust $minimum or later"
    update_apt
    # Debian keeps a newer compiler for its browsers under the second pair of names.
    for packages in "rustc cargo" "rustc-web cargo-web"; do
        if at_least "$(candidate "${packages%% *}")" "$minimum"; then
            # shellcheck disable=SC2086 # two words
            install_packages $packages
            if rust_is_ready; then return; fi
        fi
    done
    # Ubuntu's compiler is older, but it has rustup as a package.
    if [[ -n $(candidate rustup) ]]; then
        install_packages rustup
        say "fetching Rust with rustup"
        if ! rustup toolchain install stable --profile minimal --component rustfmt,clippy ||
            ! rustup default stable; then
            die "rustup could not fetch Rust: see above, mend the network, then try again"
        fi
        if rust_is_ready; then return; fi
    fi
    die "Rust $minimum or later is needed and this distribution has none: install it with rustup (https://rustup.rs), then try again"
}

# Kafka runs on Java 17 or later; crates/embedded looks for it in the same two places.
java_is_ready() {
    local java version
    for java in "${JAVA_HOME:-/nonexistent}/bin/java" java; do
        version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || continue
        if [[ -n $version && $version -ge 17 ]]; then return 0; fi
    done
    return 1
}

install_java() {
    if java_is_ready; then return; fi
    require_apt "Java 17 or later"
    update_apt
    if [[ -n $(candidate openjdk-17-jre-headless) ]]; then
        install_packages openjdk-17-jre-headless
    else
        install_packages default-jre-headless
    fi
    java_is_ready || die "the Java of this distribution is too old for Kafka, which needs 17 or later: install a newer one, or point JAVA_HOME to one"
}

# Is the engine with this name and this list of checksums in the cache? Its folder there carries the
# first digits of the list's own checksum, as crates/embedded/src/cache.rs names it.
is_fetched() {
    local cache=${HAOCHAPING_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/haochaping}
    compgen -G "$cache/$1-*-$(sha512sum "crates/embedded/engines/$1.sha512" | cut -c 1-12)" >/dev/null
}

# Maven and npm fetch the engines; nothing else needs them.
install_fetchers() {
    local missing=()
    if ! is_fetched kafka && ! has mvn; then missing+=(maven); fi
    # The library is published for this architecture only; elsewhere a clickhouse on PATH serves.
    if [[ $(uname -m) == x86_64 ]] && ! is_fetched clickhouse && ! has npm; then missing+=(npm); fi
    if [[ ${#missing[@]} -gt 0 ]]; then install_packages "${missing[@]}"; fi
}

install_everything_to_run() {
    install_build_tools
    install_rust
    install_java
    install_fetchers
}

# `haochaping bench month` compares with nginx. Debian puts it where only root's shells look.
install_nginx() {
    PATH=$PATH:/usr/sbin
    if has nginx; then return; fi
    install_packages nginx-light
    # The package also starts a server on port 80, which is not wanted here.
    if has systemctl; then as_root systemctl disable --now nginx >/dev/null 2>&1 || true; fi
}

# Where cargo puts what it builds.
target_dir() { echo "${CARGO_TARGET_DIR:-target}"; }

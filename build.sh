#!/usr/bin/env bash
# Runs the build: ./build.sh --help
# It is compiled when one of its sources has changed since the last time; otherwise the compiled program starts straight away.
set -euo pipefail

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 NUKE_TELEMETRY_OPTOUT=1
# A bare Debian has no ICU, and nothing here needs one.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

root=$(cd -- "${BASH_SOURCE[0]%/*}" && pwd -P)
temp=$root/.nuke/temp
project=$root/build/_build.csproj
artifacts=$root/build/artifacts
current=$artifacts/current # the program's path below $artifacts, and the sources it was made of
decision=$temp/engine      # which engine the feed allows: package or standin
native=$temp/native        # whether it allows native code ahead of time: yes or no

say() { printf '%s\n' "$*" >&2; }

# One line for each source: path, size, time of change.
sources() {
    cd -- "$root"
    local -a show=(-printf '%p %s %T@\n')
    [[ $OSTYPE == linux* ]] || show=(-exec stat -f '%N %z %Fm' '{}' +)
    local -a places=(build Directory.Build.props Directory.Packages.props global.json)
    [[ ! -d bootkube ]] || places+=(bootkube)
    find "${places[@]}" \( -name bin -o -name obj -o -name artifacts \) -prune -o -type f "${show[@]}" | LC_ALL=C sort
}

engine() { if [[ -n ${NUKE_ENGINE:-} ]]; then printf '%s' "$NUKE_ENGINE"; elif [[ -f $decision ]]; then cat "$decision"; fi; }

stamp() { printf 'engine %s\n' "$(engine)"; sources; }

# Sets program if there is one that was made of the present sources.
find_program() {
    [[ -f $current ]] || return 1
    local kept
    kept=$(<"$current")
    program=$artifacts/${kept%%$'\n'*}
    [[ ${kept#*$'\n'} == "$(stamp)" && -f $program ]]
}

# Sets dotnet to one that has the SDK that global.json asks for; installs it if there is none.
find_sdk() {
    local candidate
    for candidate in dotnet "$temp/dotnet-unix/dotnet"; do
        if (cd -- "$root" && "$candidate" --version) >/dev/null 2>&1; then
            dotnet=$candidate
            return
        fi
    done

    say "No .NET SDK here satisfies global.json; installing one to $temp/dotnet-unix (about 200 MB, once) ..."
    mkdir -p "$temp"
    local script=$temp/dotnet-install.sh url=https://dot.net/v1/dotnet-install.sh
    if { curl -fsSL --connect-timeout 15 -o "$script" "$url" || wget -q -T 15 -O "$script" "$url"; } 2>/dev/null &&
        bash "$script" --install-dir "$temp/dotnet-unix" --jsonfile "$root/global.json" --no-path >&2; then
        dotnet=$temp/dotnet-unix/dotnet
        return
    fi

    say "The .NET SDK could not be installed: $url cannot be reached, or it does not serve the version in global.json."
    say "Install the .NET 10 SDK (https://dotnet.microsoft.com/download, or your distribution's package dotnet-sdk-10.0), have it on PATH, and run this again."
    exit 1
}

# A bundle brings the packages along, for networks without a feed: then nothing else is asked.
take_packages_of_bundle() {
    local bundle=${BUNDLE:-$root/bundle} previous='' argument
    for argument; do
        [[ $previous != --bundle ]] || bundle=$argument
        previous=$argument
    done

    [[ ! -d $bundle/nuget ]] || RestoreSources=$(cd -- "$bundle/nuget" && pwd -P)
    [[ -z ${RestoreSources:-} ]] || export RestoreSources
}

# Name of the platform in .NET's words, or nothing where we make no native code.
runtime() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) compgen -G '/lib/ld-musl-*' >/dev/null || printf linux-x64 ;;
        Linux-aarch64) compgen -G '/lib/ld-musl-*' >/dev/null || printf linux-arm64 ;;
        Darwin-x86_64) printf osx-x64 ;;
        Darwin-arm64) printf osx-arm64 ;;
    esac
}

# No process of the compiler stays behind.
msbuild() { "$dotnet" "$@" -c Release --artifacts-path "$artifacts" -nodeReuse:false -p:UseSharedCompilation=false -nologo -verbosity:quiet; }

restores() { "$dotnet" restore "$project" --artifacts-path "$artifacts" -p:Configuration=Release -nodeReuse:false -verbosity:quiet "$@" >/dev/null 2>&1; }

# Decides what depends on the feed: the engine's package or the stand-in; native code or not. Once, for it takes seconds.
decide() {
    [[ ${NUKE_ENGINE:-standin} =~ ^(package|standin)$ ]] || { say "NUKE_ENGINE '$NUKE_ENGINE': must be package or standin"; exit 2; }
    mkdir -p "$temp"
    if [[ -z $(engine) ]]; then
        if restores -p:NukeEngine=package; then
            say "Build engine: the package Nuke.Common (NUKE_ENGINE=standin takes the stand-in in build/Nuke.Common)"
            printf package >"$decision"
        else
            say "Build engine: the stand-in in build/Nuke.Common, for the feed does not serve the package (NUKE_ENGINE=package insists)"
            printf standin >"$decision"
        fi
    fi

    if [[ ! -f $native ]]; then
        if [[ -n $(runtime) ]] && restores -p:NukeEngine="$(engine)" -p:BuildRuntime="$(runtime)" -p:PublishReadyToRun=true; then
            printf yes >"$native"
        else
            printf no >"$native"
        fi
    fi
}

compile() {
    find_sdk
    decide
    local made folder
    made=$(stamp)
    say "Compiling the build ..."
    folder=run/$(date +%Y%m%d-%H%M%S)
    local -a options=(-p:NukeEngine="$(engine)")
    [[ $(cat "$native") == no ]] || options+=(-p:BuildRuntime="$(runtime)" -p:PublishReadyToRun=true)
    if ! msbuild publish "$project" "${options[@]}" -o "$artifacts/$folder" 9>&- >&2; then
        rm -rf "${artifacts:?}/$folder"
        say "The build does not compile. If the feed has changed, delete .nuke/temp/engine and .nuke/temp/native, and try again."
        exit 1
    fi

    program=$artifacts/$folder/_build.dll
    printf '%s\n%s\n' "$folder/_build.dll" "$made" >"$current.new"
    mv "$current.new" "$current"
    # Runs that go on keep their program: the last three stay.
    local -a runs=("$artifacts"/run/*)
    local i
    for ((i = 0; i < ${#runs[@]} - 3; i++)); do rm -rf "${runs[i]}"; done
}

take_packages_of_bundle "$@"
if ! find_program; then
    mkdir -p "$artifacts"
    exec 9>"$artifacts/lock"
    ! command -v flock >/dev/null || flock 9
    find_program || compile
    exec 9>&-
fi

# The engine looks for its root upwards from the working directory.
[[ $PWD/ == "$root"/* || " $* " == *" --root "* ]] || set -- "$@" --root "$root"
command -v "${dotnet:=dotnet}" >/dev/null || dotnet=$temp/dotnet-unix/dotnet
exec "$dotnet" "$program" "$@"

#!/usr/bin/env bash
# Compiles the build if a source changed, and runs it: ./build.sh --help
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUKE_TELEMETRY_OPTOUT=1
dotnet build "$root/build/_build.csproj" --nologo -v quiet -clp:NoSummary >&2
exec dotnet "$root/build/bin/Debug/net10.0/_build.dll" "$@"

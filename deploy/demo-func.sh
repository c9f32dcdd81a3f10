#!/usr/bin/env bash
# The demo under Microsoft's own host and broker: Core Tools' `func start`, and
# the Service Bus emulator of deploy/compose.yaml in Docker. Blob storage and
# Azure ML are those of `dsr local`, whose own host has all functions off here but the API,
# which its page needs.
# `make demo-func` runs it; it builds what it needs. The same request is first run on the
# stand-ins alone: what differs is printed at the end, and written to $GITHUB_STEP_SUMMARY.
set -euo pipefail
cd "$(dirname "$0")/.."
dsr=.bin/dsr
work=$PWD/.dsr/demo-func
emulator='Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;'
functions=(bulk_export dsr_api dsr_approve dsr_callback dsr_close dsr_copy dsr_delete dsr_delete_redrive dsr_export dsr_export_redrive dsr_intake dsr_watch)

missing=()
command -v func >/dev/null || missing+=("func, the Azure Functions Core Tools 4: npm install -g azure-functions-core-tools@4")
command -v curl >/dev/null || missing+=("curl")
command -v jq >/dev/null || missing+=("jq")
if ! command -v docker >/dev/null; then
	missing+=("docker, with docker compose")
elif ! docker info >/dev/null 2>&1; then
	missing+=("a Docker daemon that answers: \`docker info\` fails")
elif ! docker compose version >/dev/null 2>&1; then
	missing+=("docker compose: \`docker compose version\` fails")
fi
[[ ${ACCEPT_EULA:-} == Y ]] || missing+=("ACCEPT_EULA=Y in the environment, by which you accept the licences of the images in deploy/compose.yaml")
[[ ! -e .dsr/local.env ]] || missing+=("an end to the \`dsr local\` that runs here (no .dsr/local.env)")
if ((${#missing[@]})); then
	echo "make demo-func can't run; this is missing:" >&2
	printf -- '- %s\n' "${missing[@]}" >&2
	exit 1
fi

# until_true LIMIT WHAT COMMAND…: waits up to LIMIT seconds for COMMAND to succeed.
until_true() {
	local limit=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < limit)) || { echo "$what did not come up; its log is in $work" >&2; exit 1; }
		sleep 1
	done
}

# begin WHAT: says what is done now. differs WHAT: notes what the stand-ins do otherwise.
begin() { stage=$1; echo "$stage"; }
differs() { differences+=("$1"); }
differences=()
stage="building"
report() { # CODE
	(($1 == 0)) || echo "It failed while this was done: $stage"
	if ((${#differences[@]})); then
		echo "It differs from the stand-ins:"
		printf -- '- %s\n' "${differences[@]}"
	elif (($1 == 0)); then
		echo "Nothing differs from the stand-ins."
	fi
}

make --no-print-directory tools build

children=()
finish() {
	local code=$?
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" || true; done
	docker compose -f deploy/compose.yaml images >"$work/images.log" 2>&1 || true
	docker compose -f deploy/compose.yaml logs >"$work/emulator.log" 2>&1 || true
	docker compose -f deploy/compose.yaml down --volumes >/dev/null 2>&1 || true
	report "$code" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
}

mkdir -p "$work"
rm -f .dsr/request.json # of an earlier run
# The emulator keeps messages for an hour and duplicates for five minutes at most.
sed 's/"P14D"/"PT1H"/; s/"PT10M"/"PT5M"/' deploy/servicebus.config.json >"$work/queues.json"
export QUEUES=$work/queues.json SQL_PASSWORD="Demo-$RANDOM-$RANDOM-$RANDOM"
trap finish EXIT

begin "Running the same on the stand-ins."
"$dsr" demo >"$work/stand-ins.log"
expected=$(ls -d .dsr/demo/demo-* | tail -1)

begin "Starting the Service Bus emulator."
docker compose -f deploy/compose.yaml up --detach
until_true 180 "the emulator" curl --fail --silent http://localhost:5300/health

begin "Starting blob storage and the fake Azure ML."
off=()
for f in "${functions[@]}"; do
	[[ $f == dsr_api ]] || off+=("AzureWebJobs.$f.Disabled=true")
done
env "${off[@]}" ServiceBusConnection="$emulator" "$dsr" local >"$work/local.log" 2>&1 &
children+=($!)
until_true 60 "dsr local" test -s .dsr/request.json -a -s .dsr/local.env

begin "Starting the app under func start."
"$dsr" package --out "$work" --binary "$dsr" >/dev/null
mapfile -t settings < <(grep -v '^#' .dsr/local.env)
storage=$(sed -n 's/^ExportStorage=//p' .dsr/local.env)
(cd "$work/app" && exec env "${settings[@]}" AzureWebJobsStorage="$storage" func start >"$work/func.log" 2>&1) &
children+=($!)


begin "Waiting for the functions."
listed() { # FUNCTION…: func start prints a line for each, NAME: TRIGGER
	local f
	for f in "$@"; do grep --quiet "^[[:space:]]*$f: " "$work/func.log" || return 1; done
}
for ((n = 0; n < 120; n++)); do
	if listed "${functions[@]}"; then break; fi
	sleep 1
done
for f in "${functions[@]}"; do listed "$f" || differs "func start does not list $f"; done

begin "Exporting."
id=$("$dsr" submit .dsr/request.json)
timeout 600 "$dsr" status "$id" --watch

begin "Verifying."
rm -rf "${work:?}/$id"
"$dsr" download "$id" "$work"
"$dsr" verify "$work/$id"

begin "Comparing with the stand-ins."
totals() { jq --sort-keys '.totals | map_values({documents, failed, gone, bytes})' "$1/1/manifest.json"; }
diff <(totals "$expected") <(totals "$work/$id") >"$work/totals.log" || differs "the totals: $(grep --count '^[<>]' "$work/totals.log") lines of totals.log"
while read -r count line; do
	differs "func start, ${count} times: $line"
done < <(grep --extended-regexp --ignore-case '\b(error|exception|warning)\b' "$work/func.log" | grep --invert-match '"level":' |
	sed 's/^\[[^]]*\] *//; s/[0-9a-f-]\{36\}/…/g' | sort | uniq --count | sort --numeric-sort --reverse | head -20)
[[ ! -s $work/totals.log ]]

# SPDX-License-Identifier: MIT
# The man pages: clean, linked, and saying what --help says

setup() { load helper; }

# nothing_in FILE: true when it is empty; shows it otherwise.
nothing_in() { [ ! -s "$1" ] || { cat "$1" && false; }; }

# words: text on one line, blanks squeezed.
words() { tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//' && echo; }

# forms TOOL: the forms of a command in the text on stdin, one a line.
forms() { words | sed "s/ $1 /\n$1 /g"; }

# synopsis PAGE: what stands under SYNOPSIS.
synopsis() {
	mandoc -Tutf8 -O width=72 "$1" | col -bx |
		sed -n '/^SYNOPSIS/,/^[A-Z]/{ /^[A-Z]/!p; }'
}

# usage COMMAND...: what --help calls the usage, folded or not.
usage() {
	"$@" --help | sed -n '1s/^usage: //p; 2,${ /^       /!q; p; }'
}

# verbs COMMAND: those that --help says have one of their own.
verbs() {
	"$1" --help | words |
		sed -n 's/.*The verbs \(.*\) have their own --help\..*/\1/p' |
		sed 's/,\| and/ /g' | tr -s ' ' '\n'
}

@test "man: every page is clean" {
	need mandoc
	run -0 mandoc -Tlint -Wwarning "$RX_TOP"/man/*.[1-8]
	[ -z "$output" ]
}

@test "man: every tool has a page" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		ls "$RX_TOP/man/${tool##*/}.1"
	done
	ls "$RX_TOP/man/rx-agent.8" "$RX_TOP/man/rx.7"
}

@test "man: every page of ours that is referred to exists" {
	sed -n 's/^\.Xr \(rx[^ ]*\) \([1-8]\).*/\1.\2/p' "$RX_TOP"/man/* |
		sort -u >named
	while read -r page; do
		[ -f "$RX_TOP/man/$page" ] || echo "$page"
	done <named >missing
	nothing_in missing
}

@test "man: SYNOPSIS is the usage of --help, for every tool and verb" {
	need mandoc
	for page in "$RX_TOP"/man/rx-*.[18]; do
		tool=${page##*/}
		tool=${tool%.*}
		case $tool in
		rx-agent) command="$RX_TOP/agent/rx-agent" ;;
		*) command="$RX_BIN/$tool" ;;
		esac
		[ -x "$command" ] || { echo "$tool is not built" >>wrong; continue; }
		usage "$command" | forms "$tool" >helped
		synopsis "$page" | forms "$tool" >stated
		[ -s stated ]
		# Both ways: what is stated is told, and what is told is stated.
		grep -vxF -e "$(cat stated)" helped >>wrong || :
		# The verbs that --help names are those that have a form.
		verbs "$command" | sort >named
		sed -n "s/^$tool \([a-z][a-z]*\) .*/\1/p" stated | sort |
			diff named - >differ || [ ! -s named ] ||
			sed "s/^/$tool: /" differ >>wrong
		# A form with a verb is stated by the verb's own --help.
		while read -r form; do
			read -r _ verb _ <<<"$form"
			grep -qxF -e "$form" helped ||
				[ "$(usage "$command" "$verb" | words)" = "$form" ] ||
				echo "$form" >>wrong
		done <stated
	done
	nothing_in wrong
}

@test "man: --help of every tool fits a screen, and shows three commands that begin with a tool" {
	for tool in "$RX_TOP"/cmd/rx-* agent/rx-agent; do
		command="$RX_BIN/${tool##*/}" lines=30
		case $tool in *rx-agent) command="$RX_TOP/agent/rx-agent" lines=44 ;; esac
		"$command" --help | awk -v t="${tool##*/}" -v n="$lines" '
			length > 80 { print t ": " $0 }
			NF == 0 { blank = 1 }
			blank && /^  rx-/ { shown++ }
			END { if (NR > n || shown < 3) print t ": " NR " lines, " shown + 0 " commands" }'
	done >wrong
	nothing_in wrong
}

@test "man: --help=all of every tool and verb has all that --help has, and the page tells of each" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		tool=${tool##*/}
		# Each has a place in the page, or in rx(7) when every tool has it.
		cat "$RX_TOP/man/$tool.1" "$RX_TOP/man/rx.7" | sed 's/\\-/-/g' |
			grep -E '^\.(It Fl|Fl -sections)' | grep -oE ' -[a-z][a-z-]+' |
			sed 's/ -/--/' | sort -u >told
		for verb in '' $(verbs "$RX_BIN/$tool"); do
			# shellcheck disable=SC2086 # none, or one
			"$RX_BIN/$tool" $verb --help=all | sed '1,/^$/d' >all
			awk -v t="$tool $verb" 'length > 100 { print t ": " $0 }' all
			# shellcheck disable=SC2086
			"$RX_BIN/$tool" $verb --help | grep '^  .* --' |
				grep -vxFf all | grep -v -e --help=all || :
			grep -oE '^  (-.,|   ) --[a-z-]+' all | sed 's/.* //' | sort -u |
				comm -23 - told | sed "s/^/$tool $verb: the page has no /"
		done
	done >wrong
	nothing_in wrong
	run -64 "$RX_BIN/rx-tail" --help=most
}

@test "man: a wrong option is answered with the nearest right one, by every tool" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		run -64 "$RX_BIN/${tool##*/}" --verzion
		[[ $output == *'--version'* ]] || echo "${tool##*/}: $output"
	done >wrong
	nothing_in wrong
	run -64 "$RX_BIN/rx-tail" --sinse 1h
	[[ $output == *'is --since meant?'* ]]
}

@test "man: no word of ours is misspelt" {
	need codespell
	cd "$RX_TOP"
	# Nd of mdoc; names in the code; words with an apostrophe left out.
	run -0 codespell -L nd,inflight,unknow,lits,ist \
		--skip agent/rules/sentiment.json README.md man agent cmd lib
	[ -z "$output" ]
}

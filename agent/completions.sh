#!/bin/sh
# SPDX-License-Identifier: MIT
# completions.sh bash|zsh BIN OUT -- completion of the tools in BIN, from what
# their --help=all says, which is printed from their tables of options.
#
# bash: a file for each tool in OUT, by its name.  zsh: OUT/_rx for all.
#
# shellcheck disable=SC2016 # what is written expands later
set -eu

shell=$1 bin=$2 out=$3
agent=${0%/*}/rx-agent
mkdir -p "$out"

# verbs TOOL: those that have a --help of their own, or are words of rx-agent.
verbs() {
	if [ "$1" = rx-agent ]; then
		"$agent" --help | sed -n 's/^.*rx-agent \([a-z][a-z]*\)\( .*\)*$/\1/p'
	else
		"$bin/$1" --help | tr '\n' ' ' | sed 's/\(The verbs\)/\n\1/' |
			sed -n 's/^The verbs \(.*\) have their own --help\..*/\1/p' |
			sed 's/,\| and/ /g' | tr -s ' ' '\n'
	fi | sort -u
}

# options TOOL [VERB]: "LETTER LONG ARGUMENT<TAB>TEXT" a line, - for what is not.
options() {
	if [ "$1" = rx-agent ]; then
		"$agent" --help | sed 's/[][]/\n/g' |
			sed -n 's/^.*--\([a-z-]*\) \([A-Z][A-Z]*\).*$/- \1 \2\t/p;
			    s/^--\([a-z-]*\)$/- \1 -\t/p' | sort -u
		return
	fi
	tab=$(printf '\t')
	"$bin/$1" ${2+"$2"} --help=all | sed -n "
		s/^  -\(.\)\(, --\([a-z-]*\)\)*\(\(\[=\| \)\([A-Z][^ ]*\|all]\)\)*  *\(.*\)\$/\1 \3 \6$tab\7/p
		s/^      --\([a-z-]*\)\(\(\[=\| \)\([A-Z][^ ]*\|all]\)\)*  *\(.*\)\$/- \1 \4$tab\5/p" |
		sed 's/^\(.\)  /\1 - /; s/^\([^ ]* [^ ]*\) \t/\1 -\t/; s/\]\t/\t/'
}

# words TOOL [VERB]: the options as bash offers them.
words() {
	options "$@" | while read -r letter long _; do
		[ "$long" = - ] || printf -- '--%s ' "$long"
		[ "$letter" = - ] || printf -- '-%s ' "$letter"
	done
}

in_bash() {
	printf '# bash completion of %s, made from its --help\n' "$1"
	printf '_%s()\n{\n' "$2"
	printf '\tlocal words="%s" verbs="%s"\n' "$(words "$1")" \
		"$(verbs "$1" | tr '\n' ' ')"
	printf '\tCOMPREPLY=()\n\tcase ${COMP_WORDS[1]} in\n'
	[ "$1" = rx-agent ] || for verb in $(verbs "$1"); do
		printf '\t%s) words="%s" ;;\n' "$verb" "$(words "$1" "$verb")"
	done
	# What follows is a file, unless it begins like an option or a verb.
	cat <<-X
	esac
	case \$2 in
	-*) mapfile -t COMPREPLY < <(compgen -W "\$words" -- "\$2") ;;
	*) [ "\$COMP_CWORD" != 1 ] ||
		mapfile -t COMPREPLY < <(compgen -W "\$verbs" -- "\$2") ;;
	esac
	}
	complete -o default -F _$2 $1
	X
}

# specs TOOL [VERB]: as _arguments has them, a line each, quoted.
specs() {
	options "$@" | while IFS='	' read -r left text; do
		# shellcheck disable=SC2086 # three words
		set -- $left
		text=$(printf '%s' "$text" | sed "s/'/'\\\\''/g; s/[]:[]/\\\\&/g")
		argument=
		case $3 in
		-) ;;
		*FILE* | *DIR* | *RULES* | *PATH* | *ROOT*)
			argument=":$3:_files"
			;;
		*) argument=":$3: " ;;
		esac
		[ "$2" = - ] || printf "\t\t'*--%s[%s]%s'\n" \
			"$2${argument:+=}" "$text" "$argument"
		[ "$1" = - ] || printf "\t\t'*-%s[%s]%s'\n" "$1" "$text" "$argument"
	done
}

in_zsh() {
	printf '%s)\n' "$1"
	verbs=$(verbs "$1" | tr '\n' ' ')
	[ "$1" = rx-agent ] || for verb in $verbs; do
		printf '\tif [[ ${words[2]} == %s ]]; then\n\t\t_arguments' "$verb"
		printf ' \\\n%s' "$(specs "$1" "$verb" | sed 's/$/ \\/; $s/ \\$//')"
		printf " \\\\\n\t\t'*:file:_files'\n\t\treturn\n\tfi\n"
	done
	printf '\t_arguments \\\n%s \\\n' "$(specs "$1" | sed 's/$/ \\/; $s/ \\$//')"
	if [ -n "$verbs" ]; then
		printf "\t\t'1:verb or file:_alternative \"v:verb:(%s)\" \"f:file:_files\"' \\\\\n" \
			"${verbs% }"
	fi
	printf "\t\t'*:file:_files'\n\t;;\n"
}

tools=
for tool in "$bin"/rx-*; do
	case ${tool##*/} in
	rx-agent | *.*) ;;
	*) tools="$tools ${tool##*/}" ;;
	esac
done
case $shell in
bash)
	for tool in $tools rx-agent; do
		in_bash "$tool" "$(echo "$tool" | tr - _)" >"$out/$tool"
	done
	;;
zsh)
	{
		echo "#compdef$tools rx-agent"
		echo '# zsh completion of rx, made from what --help says'
		echo 'case $service in'
		for tool in $tools rx-agent; do
			in_zsh "$tool"
		done
		echo 'esac'
	} >"$out/_rx"
	;;
*)
	echo "usage: completions.sh bash|zsh BIN OUT" >&2
	exit 64
	;;
esac

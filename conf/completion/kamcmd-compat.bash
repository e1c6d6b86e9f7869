# bash completion for kamcmd-compat; to be linked as kamcmd or sercmd too where these are links to it.
# Methods, sets and destinations are those of the server that -s, or $KDISPATCHER_RPC, names.

_kamcmd_compat()
{
    # Colons are no breaks here: a URI is one word.
    local line=${COMP_LINE:0:COMP_POINT} begun
    local -a words
    read -r -a words <<< "$line"
    begun=""
    if [[ $line != *[[:space:]] ]]; then
        begun=${words[-1]}
        unset 'words[-1]'
    fi
    local IFS=$'\n'
    COMPREPLY=($("${words[0]}" --complete "${words[@]:1}" "$begun" 2>/dev/null))
    # Of what is completed, readline puts in only what stands behind the last of its own breaks.
    if [[ $begun == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${begun%"${begun##*:}"}"}")
    fi
}

complete -F _kamcmd_compat kamcmd-compat

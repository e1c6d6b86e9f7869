"""Where sets come from: each store gives records, or errors that name the place.

list_file     the list file: one destination a line
record        the checks that every store shares: from fields to a `Record`
saved_states  states that survive a restart
"""

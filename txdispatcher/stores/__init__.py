"""Where sets come from: each source gives records, or errors that name the place.

source        what a source is, and what reading it gives
list_file     the list file: one destination a line
database      a table: one destination a row
database_url  the URL of a database, Kamailio's or SQLAlchemy's
record        the checks that every source shares: from fields to a `Record`
loading       from a source to the sets in force: at the start, on demand, again when a database was away
watch         on demand of a file that changes
saved_states  states that survive a restart
"""

"""What weather-transform.py is made of, in the order in which a record passes through.

    job         what a run is asked to do; arguments, how Glue asks
    stores      objects below a URI of a directory or a bucket: list, read, replace, delete
    arrivals    which objects a run reads, and how they are shared out among Spark's tasks
    records     an object's content as JSON records, each with its text
    devices     devices.json as what it describes, or what is wrong with it
    paths       where a record holds a value
    shapes      which shape a message is of, and the values that a record of it has
    quantities  measured values: units, ranges, exact numbers
    times       instants, local times, spans
    normalize   a record as a reading of a device at a location, or why it is refused
    windows     readings as rows: duplicates, windows of time, aggregates
    memory      what is kept of earlier records for later ones
    writing     days, quarantine and metrics
    steps       what Spark's tasks do with all of these

None imports Spark: the script alone does, so all of it can be tested without.

Why records are read in Python and not by Spark's own JSON reader and DataFrames. Both were tried. At a million records
they took 2.3 times the CPU, most of it for the many small objects that devices send, and they lose parts of what is
promised: numbers with all their digits, the record in quarantine byte by byte as it came, a reason for each one that is
refused, names that differ in case alone, objects that are JSON one line at a time or all over. What Spark is for stays
Spark's: sharing out work, the shuffle, sorting what does not fit into memory, trying again what failed.

Why numbers are exact. The same messages must give the same bytes, in whatever order they are added up, and a mean that
lies half-way must be rounded away from zero. Sums of floats do neither. So a value is an integer, in units so small
that every conversion between units of measurement gives a whole number of them (quantities.SCALE). Sums and extremes of
integers are exact in any order, and a text is made from them once, at the end.
"""

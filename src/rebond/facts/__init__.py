"""The two tables every question is asked of, made from files, a warehouse or Rebond's own records.

    from_files.read(Path("deals.csv"), Path("touches.csv"), today=...)   CSV, XLSX, Parquet; any CRM's own export
    from_connection.from_connection(connection, today=...)               a warehouse's tables, read where they are
    from_records.from_records(folder, now=...)                           what Rebond keeps
    touches.rollup(facts.touches)                                        one row per deal and month: how many, how long

Nothing is imported here, so that starting Rebond does not load an engine.
"""

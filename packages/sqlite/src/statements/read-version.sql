-- The version of the SQLite that the library has in it.
SELECT sqlite_version()

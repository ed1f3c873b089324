"""Engines: the storage port fulfilled, one folder a kind of storage. They never import each other.

sql    SQLite, and PostgreSQL next; one schema, in which only the connection and the writer differ
"""

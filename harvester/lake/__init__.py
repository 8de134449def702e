"""The lake: rows into Parquet, published whole per day and source, and read back.

The only writer of the lake folder. It knows neither the sources nor the ledger.
"""

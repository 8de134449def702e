"""Meeting bots' payloads in our terms, each provider's API, and the sources made of them.

A provider (`provider.Provider`: a package each, listed in `registry`) is pure: it says what to ask, and what an answer
means by its types and status, never by the size of a number. `api` asks, `source` makes a source of any provider,
`control` gives orders. `imports` reads saved payloads, also of sources without an API here, whose transcripts the
modules of their name read. What all have in common is in `speech`, `people`, `validation`, `scrub` and `model`.
"""

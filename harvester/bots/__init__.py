"""Meeting bots' payloads in our terms. Pure: no network, disk or clock; each provider is one module.

A provider's module decides which shape a payload has, by its types and status and never by the size of a number, and
what its times count from. What providers have in common is in `speech` (words, labels, times) and `model`.
"""

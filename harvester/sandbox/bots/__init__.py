"""Four APIs of meeting bots, as the sandbox speaks them: MeetStream, Meeting BaaS v1 and v2, Recall.ai 1.11.

Shapes follow the providers' own schemas and samples. The two versions of Meeting BaaS share one key and one host.
"""

"""The lake to look at: pages over HTTP, and the same pages as one file.

Read only. `app` has the routes, `pages` and `meeting_pages` say what each page shows, `queries` and `meeting_queries`
are their SQL, `render` turns it into HTML; `security` guards what is served, `media` finds audio and video.
"""

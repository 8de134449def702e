from __future__ import annotations

import pytest

from harvester.errors import Damaged, Pending
from harvester.fetch.sniff import check_empty
from harvester.model import Kind, ListedFile


@pytest.mark.parametrize(("listed_bytes", "error"), [(0, Pending), (None, Pending), (33, Damaged)])
def test_an_empty_summary_is_a_placeholder_only_where_none_is_listed(listed_bytes, error):
    """A summary listed with content that comes empty is asked for again at once, not put off until the next look."""
    with pytest.raises(error):
        check_empty(ListedFile("s", Kind.SUMMARY, "SUMMARY", listed_bytes=listed_bytes))

from __future__ import annotations

import pytest

pytest.importorskip("numba")


@pytest.fixture(scope="session")
def head():
    from emotionet_tf.synthetic.person.head_cache import load_head

    return load_head()

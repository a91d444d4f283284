from warmline.models.cache import TextCache


def test_a_text_is_found_again_and_counted():
    cache: TextCache[int] = TextCache(2)
    assert cache.get("ok") is None
    cache.put("ok", 1)
    assert cache.get("ok") == 1
    assert (cache.hits, cache.misses) == (1, 1)


def test_the_text_least_recently_used_goes_first():
    cache: TextCache[int] = TextCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    assert len(cache) == 2


def test_size_zero_keeps_nothing():
    cache: TextCache[int] = TextCache(0)
    cache.put("ok", 1)
    assert cache.get("ok") is None


def test_long_texts_are_not_kept_since_they_do_not_repeat():
    cache: TextCache[int] = TextCache(2)
    cache.put("x" * (TextCache.MAX_TEXT_CHARS + 1), 1)
    assert len(cache) == 0

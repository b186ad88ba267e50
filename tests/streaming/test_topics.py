from noi.streaming.topics import Topic, Topics


def test_members_come_and_go_by_topic() -> None:
    topics: Topics[str] = Topics()
    home, tag = Topic("home", 1), Topic("hashtag", "hanoi")
    topics.add(home, "a")
    topics.add(home, "a")
    topics.add(home, "b")
    topics.add(tag, "a")
    assert set(topics.members(home)) == {"a", "b"}
    assert topics.keys("hashtag") == ["hanoi"]
    assert set(topics) == {home, tag}
    for topic in (home, tag, Topic("public")):
        topics.discard(topic, "a")
    assert set(topics.members(home)) == {"b"}
    assert not topics.members(tag)
    topics.discard(home, "b")
    assert not topics

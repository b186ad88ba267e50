from noi.auth import secrets


def test_tokens_differ_and_hash_alike() -> None:
    token = secrets.new_token()
    assert token != secrets.new_token()
    assert len(secrets.token_hash(token)) == 32
    assert secrets.same(token, secrets.token_hash(token))
    assert not secrets.same(token, b"")


def test_odd_text_is_no_error() -> None:
    assert secrets.token_hash("\udc80") != secrets.token_hash("")


def test_challenge_of_the_rfc() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert secrets.challenge_s256(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_derived_secrets_are_as_lasting_as_their_source_and_as_many_as_their_purposes() -> None:
    token = secrets.new_token()
    assert secrets.derived(token, "forms") == secrets.derived(token, "forms") != token
    assert secrets.derived(token, "forms") != secrets.derived(token, "else")
    assert secrets.derived(secrets.new_token(), "forms") != secrets.derived(token, "forms")

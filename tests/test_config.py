from pathlib import Path

import pytest

from noi import config


def test_flags_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "noi.toml").write_text('host = "file.example.vn"\nsmtp = "smtp://file"\n')
    environ = {"NOI_DATA": str(tmp_path), "NOI_HOST": "variable.example.vn"}
    assert config.load({}, environ).host == "variable.example.vn"
    assert config.load({"host": "flag.example.vn"}, environ).host == "flag.example.vn"
    assert config.load({"host": None}, environ).smtp == "smtp://file"
    assert config.load({}, environ).database_url == f"sqlite:{tmp_path / 'noi.sqlite'}"


def test_file_may_be_named(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("web_processes = 3\nrate_limits = false\n")
    settings = config.load({}, {"NOI_CONFIG": str(file)})
    assert (settings.web_processes, settings.rate_limits) == (3, False)


def test_host_follows_the_port_until_it_is_set() -> None:
    assert config.load({}, {}).origin == "http://localhost:8000"
    assert config.load({"bind": "127.0.0.1:9000"}, {}).origin == "http://localhost:9000"
    settings = config.load({"bind": "127.0.0.1:9000"}, {"NOI_HOST": "mang.example.vn"})
    assert settings.origin == "https://mang.example.vn"


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"NOI_BIND": "8000"}, "bind"),
        ({"NOI_HOST": "https://example.org"}, "host"),
        ({"NOI_HOST": "Example.org"}, "host"),
        ({"NOI_DATABASE": "mysql:noi"}, "database"),
        ({"NOI_WEB_PROCESSES": "0"}, "web_processes"),
        ({"NOI_WEB_PROCESSES": "many"}, "web_processes"),
        ({"NOI_TRUSTED_PROXIES": "10.0.0.0/99"}, "trusted_proxies"),
        ({"NOI_LOG_LEVEL": "loud"}, "log_level"),
        ({"NOI_RATE_LIMITS": "perhaps"}, "rate_limits"),
        ({"NOI_CONFIG": "/no/such/noi.toml"}, "/no/such/noi.toml"),
    ],
)
def test_bad_value_is_refused_by_its_name(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(config.ConfigError, match=complaint):
        config.load({}, environ)


def test_misspelt_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noi.toml").write_text('hots = "example.org"\n')
    with pytest.raises(config.ConfigError, match="hots"):
        config.load({"data": tmp_path}, {})


@pytest.mark.parametrize("host", ["localhost", "a.localhost:1", "127.0.0.1:8000", "[::1]:80"])
def test_local_hosts_are_reached_without_tls(host: str) -> None:
    assert config.Settings(host=host).origin == f"http://{host}"


def test_a_table_of_the_file_is_a_prefix(tmp_path: Path) -> None:
    (tmp_path / "noi.toml").write_text('[federation]\nprivate_peers = "127.0.0.0/8"\n')
    settings = config.load({"data": tmp_path}, {})
    assert settings.federation_private_peers == "127.0.0.0/8"
    environ = {"NOI_FEDERATION_PRIVATE_PEERS": "::1/128"}
    assert config.load({"data": tmp_path}, environ).federation_private_peers == "::1/128"

// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.PasswordAuthentication;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BindleSourceTest {

    private static final BindleSource SERVER = BindleSource.server(URI.create("https://bindle.example/v1/"));

    @Test
    void server_hasUrlWithoutSlashAtItsEnd() {
        assertThat(SERVER.url()).contains(URI.create("https://bindle.example/v1"));
        assertThat(SERVER.directory()).isEmpty();
        assertThat(SERVER.basicAuth()).isEmpty();
        assertThat(SERVER.isInsecureTls()).isFalse();
        assertThat(BindleSource.server(URI.create("HTTP://[::1]:8080/")).url())
                .contains(URI.create("HTTP://[::1]:8080"));
    }

    @Test
    void derivedCopies_leaveTheOriginalAndKeepEachOther() {
        BindleSource derived = SERVER.withInsecureTls().withBasicAuth("ann", "s:cret");

        assertThat(SERVER.basicAuth()).isEmpty();
        assertThat(SERVER.isInsecureTls()).isFalse();
        assertThat(derived.isInsecureTls()).isTrue();
        assertThat(derived.url()).isEqualTo(SERVER.url());
        PasswordAuthentication credentials = derived.basicAuth().orElseThrow();
        assertThat(credentials.getUserName()).isEqualTo("ann");
        assertThat(credentials.getPassword()).containsExactly("s:cret".toCharArray());
        assertThat(derived).hasToString("https://bindle.example/v1");
    }

    @Test
    void directory_takesNoSettingsOfServers() {
        BindleSource directory = BindleSource.directory(Path.of("bindles"));

        assertThat(directory.directory()).contains(Path.of("bindles"));
        assertThat(directory.url()).isEmpty();
        assertThat(directory).hasToString("bindles");
        assertThatIllegalStateException().isThrownBy(() -> directory.withBasicAuth("a", "b"));
        assertThatIllegalStateException().isThrownBy(directory::withInsecureTls);
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://bindle.example/v1,        must begin with http",
        "bindle.example,                 must begin with http",
        "https:///v1,                    must begin with http",
        "https://ann:hush@b.example/v1,  must not contain a user",
        "https://b.example/v1?t=hush,    must not contain '?'",
        "https://b.example/v1#hush,      must not contain '?'",
    })
    void server_otherUrl_isRejected(String url, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BindleSource.server(URI.create(url)))
                .withMessageContaining(text)
                .withMessageNotContaining("hush");
    }

    @Test
    void withBasicAuth_whatCannotBeSent_isRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> SERVER.withBasicAuth("a:b", "c"));
        assertThatIllegalArgumentException().isThrownBy(() -> SERVER.withBasicAuth("a\n", "c"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SERVER.withBasicAuth("a", "hush\r"))
                .withMessageNotContaining("hush");
    }
}

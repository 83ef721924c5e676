// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a guest is let through to: URLs, redirects and answers of the name service that lead where they should not. */
class SsrfTest {

    private static final int NOT_ALLOWED = 7;
    private static final int BAD_URL = 10;
    private static final int FAILED = 11;

    /**
     * A guest's request.
     *
     * @param allowed its allowed_hosts, one per word; with a {@code +} in front those with allow_private
     * @param world {@code name=answer,answer;answer of the second time} and {@code url->location}, one per word
     * @param code the error code, or 0
     * @param reached the addresses that were connected to, in turn
     */
    record Row(String url, String allowed, String world, int code, String reached) {
        @Override
        public String toString() {
            return url + (world.isEmpty() ? "" : " in " + world) + " with " + allowed;
        }
    }

    private static Row refused(String url) {
        return new Row(url, "insecure:allow-all", "", NOT_ALLOWED, "");
    }

    private static Row malformed(String url) {
        return new Row(url, "insecure:allow-all", "", BAD_URL, "");
    }

    private static Row good(String url, String allowed, String world, String reached) {
        return new Row(url, allowed, world, 0, reached);
    }

    private static Row refused(String url, String allowed, String world) {
        return new Row(url, allowed, world, NOT_ALLOWED, "");
    }

    private static Row refusedAfter(String reached, String url, String allowed, String world) {
        return new Row(url, allowed, world, NOT_ALLOWED, reached);
    }

    private static final String A = "https://a.example";
    private static final String DNS = "a.example=8.8.8.8 ";

    static Stream<Row> rows() {
        List<Row> rows = new ArrayList<>();
        // What is allowed.
        rows.add(good("https://a.example/", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example?x=1", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example:443/x", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example:/x", A, DNS, "8.8.8.8"));
        rows.add(good("https://A.EXAMPLE/x", A, DNS, "8.8.8.8"));
        rows.add(good("HTTPS://a.example/x", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example./x", A, DNS, "8.8.8.8"));
        rows.add(good("https://a.example/x", "https://A.Example./", DNS, "8.8.8.8"));
        rows.add(good("https://b.a.example/", "https://*.a.example", "b.a.example=8.8.8.8", "8.8.8.8"));
        rows.add(good("https://c.b.a.example/", "https://*.a.example", "c.b.a.example=8.8.8.8", "8.8.8.8"));
        rows.add(good("http://a.example:8080/", "http://a.example:8080", DNS, "8.8.8.8"));
        rows.add(good("http://8.8.8.8/", "insecure:allow-all", "", "8.8.8.8"));
        rows.add(good("http://[2606:4700::1111]/", "insecure:allow-all", "", "2606:4700:0:0:0:0:0:1111"));
        rows.add(good(
                "https://b\u00fccher.example/",
                "https://xn--bcher-kva.example",
                "xn--bcher-kva.example=8.8.8.8",
                "8.8.8.8"));
        rows.add(good(
                "https://xn--bcher-kva.example/",
                "https://B\u00dcCHER.example",
                "xn--bcher-kva.example=8.8.8.8",
                "8.8.8.8"));
        rows.add(good("http://my_service/", "http://my_service", "my_service=8.8.8.8", "8.8.8.8"));
        // Not in the list.
        rows.add(refused("http://a.example/", A, DNS));
        rows.add(refused("https://a.example:8443/", A, DNS));
        rows.add(refused("https://a.example:80/", A, DNS));
        rows.add(refused("http://a.example:443/", A, DNS));
        rows.add(refused("https://b.example/", A, DNS));
        rows.add(refused("https://b.a.example/", A, "b.a.example=8.8.8.8"));
        rows.add(refused("https://evila.example/", "https://*.a.example", "evila.example=8.8.8.8"));
        rows.add(refused("https://a.example/", "https://*.a.example", DNS));
        rows.add(refused("https://a.example.evil/", "https://*.a.example https://a.example", "a.example.evil=8.8.8.8"));
        rows.add(refused("https://b.a.example.evil/", "https://*.a.example", "b.a.example.evil=8.8.8.8"));
        rows.add(refused("https://a.example%2eevil.test/".replace("%2e", "."), A, "a.example.evil.test=8.8.8.8"));
        rows.add(refused("ftp://a.example/", "insecure:allow-all", DNS));
        rows.add(refused("gopher://a.example:70/", "insecure:allow-all", DNS));
        rows.add(refused("ws://a.example/", A, DNS));
        rows.add(refused("https://[::ffff:808:808]/", "https://8.8.8.8", ""));
        // Not a URL, or one that two readers read differently.
        for (String url : List.of(
                "",
                "a.example",
                "//a.example/",
                "/etc/passwd",
                "https:a.example",
                "https:/a.example",
                "https:///a.example",
                "https://",
                "https://a.example@b.example/",
                "https://user:password@a.example/",
                "https://a.example\\@b.example/",
                "https://a.example\\.b.example/",
                "https://a.example:443:80/",
                "https://a.example:0/",
                "https://a.example:65536/",
                "https://a.example:99999999999/",
                "https://a.example:-1/",
                "https://a.example:8x/",
                "https://a.example/ x",
                " https://a.example/",
                "https://a.example/\r\nX: y",
                "https://a.exam\tple/",
                "https://a.example/\u0000",
                "https://a..example/",
                "https://a.example../",
                "https://.a.example/",
                "https://-a.example/",
                "https://%61.example/",
                "https://a.example%00.b.example/",
                "https://a.example/%zz",
                "https://a.example/%",
                "https://*.example/",
                "https://a,b.example/",
                "https://" + "a".repeat(64) + ".example/",
                "https://a.example/" + "x".repeat(9000),
                // IPv4 in other ways than four decimal numbers
                "http://2130706433/",
                "http://017700000001/",
                "http://0177.0.0.1/",
                "http://0x7f000001/",
                "http://0x7f.0.0.1/",
                "http://0X7F.1/",
                "http://127.1/",
                "http://127.0.1/",
                "http://127.0.0.1./",
                "http://127.0.0.01/",
                "http://127.0.0.256/",
                "http://127.0.0.1.5/",
                "http://1.2.3.4.0x/",
                "http://a.example.1/",
                "http://\uff11\uff12\uff17\u30020x1/",
                // IPv6
                "http://[::1/",
                "http://::1/",
                "http://[::1]x/",
                "http://[::1%25lo]/",
                "http://[fe80::1%eth0]/",
                "http://[1:2:3:4:5:6:7:8:9]/",
                "http://[1::2::3]/",
                "http://[::127.1]/",
                "http://[12345::]/",
                "http://[]/")) {
            rows.add(malformed(url));
        }
        // Addresses that are not the public internet, written out.
        for (String address : List.of(
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "[::]",
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::127.0.0.1]",
                "[::a00:1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::ffff:169.254.169.254]",
                "[::ffff:0:127.0.0.1]",
                "[64:ff9b::127.0.0.1]",
                "[64:ff9b::10.0.0.1]",
                "[64:ff9b:1::10.0.0.1]",
                "[64:ff9b:1::8.8.8.8]",
                "[2002:7f00:1::]",
                "[2002:a00:1::1]",
                "[2002:a9fe:a9fe::1]",
                // Teredo: its server 8.8.8.8, its client 127.0.0.1 and 8.8.8.8 inverted; then the other way round
                "[2001:0:808:808:0:0:80ff:fffe]",
                "[2001:0:7f00:1:0:0:f7f7:f7f7]",
                "[fc00::1]",
                "[fd00:ec2::254]",
                "[fe80::1]",
                "[fec0::1]",
                "[ff02::1]",
                "[100::1]",
                "[2001:2::1]",
                "[2001:db8::1]",
                "[3fff::1]",
                "[4000::1]",
                "[5f00::1]")) {
            rows.add(refused("http://" + address + "/"));
        }
        // The same behind a name.
        for (String address : List.of(
                "127.0.0.1",
                "10.1.2.3",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "::1",
                "fd00::1",
                "fe80::1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "::ffff:10.0.0.1")) {
            rows.add(refused("https://a.example/", A, "a.example=" + address));
            rows.add(refused("https://a.example/", "insecure:allow-all", "a.example=" + address));
        }
        rows.add(refused("http://localhost/", "http://localhost", "localhost=127.0.0.1"));
        rows.add(refused("https://a.example/", A, "a.example=8.8.8.8,10.0.0.1"));
        rows.add(refused("https://a.example/", A, "a.example=10.0.0.1,8.8.8.8"));
        rows.add(refused("https://a.example/", A, "a.example=8.8.8.8,::1"));
        rows.add(good("https://a.example/", A, "a.example=8.8.8.8,1.1.1.1", "8.8.8.8"));
        rows.add(good("https://a.example/", A, "a.example=64:ff9b::808:808", "64:ff9b:0:0:0:0:808:808"));
        rows.add(good("https://a.example/", A, "a.example=2002:808:808::1", "2002:808:808:0:0:0:0:1"));
        // Rebinding: the second answer is never asked for.
        rows.add(good("https://a.example/", A, "a.example=8.8.8.8;127.0.0.1", "8.8.8.8"));
        rows.add(refused("https://a.example/", A, "a.example=127.0.0.1;8.8.8.8"));
        rows.add(new Row("https://a.example/", A, "", FAILED, ""));
        // With leave.
        rows.add(good("http://127.0.0.1:8080/", "+http://127.0.0.1:8080", "", "127.0.0.1"));
        rows.add(good("http://[::1]:8080/", "+http://[::1]:8080", "", "0:0:0:0:0:0:0:1"));
        rows.add(good("http://a.example/", "+http://a.example", "a.example=10.0.0.1", "10.0.0.1"));
        rows.add(good("http://a.example/", "http://a.example +http://a.example", "a.example=10.0.0.1", "10.0.0.1"));
        rows.add(refused("http://127.0.0.1:8081/", "+http://127.0.0.1:8080 insecure:allow-all", ""));
        rows.add(refused("http://127.0.0.2:8080/", "+http://127.0.0.1:8080 insecure:allow-all", ""));
        rows.add(refused("http://b.example/", "+http://a.example insecure:allow-all", "b.example=10.0.0.1"));
        rows.add(refused("http://0.0.0.0/", "+http://0.0.0.0", ""));
        rows.add(refused("http://a.example/", "+http://a.example", "a.example=224.0.0.1"));
        // Redirects: each is a request like the first.
        rows.add(good("https://a.example/", A, DNS + "https://a.example/->/next", "8.8.8.8 8.8.8.8"));
        rows.add(good("https://a.example/x", A, DNS + "https://a.example/x->?q", "8.8.8.8 8.8.8.8"));
        rows.add(good(
                "https://a.example/",
                A + " https://b.example",
                DNS + "b.example=1.1.1.1 https://a.example/->//b.example/",
                "8.8.8.8 1.1.1.1"));
        for (String target : List.of(
                "http://a.example/",
                "https://a.example:8443/",
                "https://b.example/",
                "//b.example/",
                "ftp://a.example/",
                "http://127.0.0.1/",
                "https://evila.example/")) {
            rows.add(refusedAfter(
                    "8.8.8.8", "https://a.example/", A, DNS + "b.example=8.8.8.8 https://a.example/->" + target));
        }
        for (String target : List.of(
                "http://127.0.0.1/",
                "http://10.0.0.1/",
                "http://172.16.0.1/",
                "http://192.168.0.1/",
                "http://169.254.169.254/latest/meta-data/",
                "http://100.64.0.1/",
                "http://[::1]/",
                "http://[fd00::1]/",
                "http://[fe80::1]/",
                "http://[::ffff:10.0.0.1]/",
                "http://[64:ff9b::10.0.0.1]/",
                "http://0.0.0.0/",
                "http://localhost/",
                "http://metadata.test/")) {
            rows.add(refusedAfter(
                    "8.8.8.8",
                    "https://a.example/",
                    "insecure:allow-all",
                    DNS + "localhost=127.0.0.1 metadata.test=169.254.169.254 https://a.example/->" + target));
        }
        for (String target : List.of(
                "file:///etc/passwd",
                "https://x@a.example/",
                "http://2130706433/",
                "javascript:1",
                "https://a.example\\@b.example/",
                "http://[::1")) {
            rows.add(new Row("https://a.example/", A, DNS + "https://a.example/->" + target, FAILED, "8.8.8.8"));
        }
        rows.add(refusedAfter(
                "8.8.8.8", "https://a.example/", A, "a.example=8.8.8.8;127.0.0.1 https://a.example/->/again"));
        rows.add(new Row(
                "https://a.example/0",
                A,
                DNS + chain(11),
                FAILED,
                "8.8.8.8 ".repeat(11).strip()));
        rows.add(good(
                "https://a.example/0", A, DNS + chain(10), "8.8.8.8 ".repeat(11).strip()));
        return rows.stream();
    }

    private static String chain(int redirects) {
        StringBuilder chain = new StringBuilder();
        for (int i = 0; i < redirects; i++) {
            chain.append("https://a.example/")
                    .append(i)
                    .append("->")
                    .append(i + 1)
                    .append(' ');
        }
        return chain.toString();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void open_urlsAndWorlds_leadNowhereElse(Row row) throws Exception {
        FakeClient client = new FakeClient();
        for (String fact : row.world.split(" ")) {
            if (fact.contains("->")) {
                String[] redirect = fact.split("->", 2);
                client.answer(redirect[0], 302, "Location", redirect[1]);
            } else if (!fact.isEmpty()) {
                String[] name = fact.split("=", 2);
                client.name(name[0], name[1].split(";"));
            }
        }
        AllowList allowed = AllowList.nothing();
        for (String entry : row.allowed.split(" ")) {
            allowed = entry.startsWith("+") ? allowed.with(entry.substring(1), true) : allowed.with(entry, false);
        }

        int code = 0;
        try (GuestHttp http = session(allowed, client)) {
            http.open(row.url, "GET", "", 0, () -> new byte[0]);
        } catch (GuestHttpException e) {
            code = e.code().number();
        }

        assertThat(code).isEqualTo(row.code);
        assertThat(String.join(
                        " ",
                        client.sent.stream()
                                .map(request -> request.addresses().get(0).getHostAddress())
                                .toList()))
                .isEqualTo(row.reached);
        assertThat(client.lookups).as("each request looks up once").hasSizeLessThanOrEqualTo(client.sent.size() + 1);
        assertThat(client.responses).allMatch(response -> response.closed);
    }

    @Test
    void rows_areMany() {
        assertThat(rows().count()).isGreaterThan(200);
    }

    private static GuestHttp session(AllowList allowed, OutboundHttpClient client) {
        return new Outbound("guest", allowed, 4, 32, 1 << 20, 1 << 20, client, new WagiListener() {})
                .session("id", Headers.none(), () -> Long.MAX_VALUE);
    }
}

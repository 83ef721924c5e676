// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener.RequestEnded;
import dev.wagi.core.api.WagiRequest;
import org.junit.jupiter.api.Test;

class TrafficTest {

    private final Traffic traffic = new Traffic();

    private void ended(String module, String route, int status, long nanos) {
        traffic.requestEnded(
                RequestEnded.builder("1", WagiRequest.builder("GET", "/").build(), RequestOutcome.ANSWERED)
                        .module(module, route)
                        .response(status, false)
                        .nanos(0, 0, nanos)
                        .build());
    }

    @Test
    void text_isCountedByContainerRouteAndStatus() {
        traffic.add("ns_p_a", "ns", "p", "a", this);
        ended("ns_p_a", "/a/...", 200, 1_500_000_000);
        ended("ns_p_a", "/a/...", 204, 500_000_000);
        ended("ns_p_a", "/a/...", 404, 0);
        ended("ns_p_stranger", "/b", 200, 0);

        assertThat(traffic.text()).isEqualTo("""
                # HELP wagi_requests_total Requests of a container
                # TYPE wagi_requests_total counter
                wagi_requests_total{namespace="ns",pod="p",container="a",route="/a/...",status="2xx"} 2
                wagi_requests_total{namespace="ns",pod="p",container="a",route="/a/...",status="4xx"} 1
                # HELP wagi_request_seconds_total Time from the arrival of requests of a container to the end of their responses
                # TYPE wagi_request_seconds_total counter
                wagi_request_seconds_total{namespace="ns",pod="p",container="a",route="/a/...",status="2xx"} 2.000000
                wagi_request_seconds_total{namespace="ns",pod="p",container="a",route="/a/...",status="4xx"} 0.000000
                """);
    }

    /** What an author can write must not look like other lines. */
    @Test
    void text_ofAnOddRoute_isEscaped() {
        traffic.add("m", "ns", "p", "a", this);
        ended("m", "/\"} 1\n\\", 200, 0);

        assertThat(traffic.text()).contains("route=\"/\\\"} 1\\n\\\\\",status");
    }

    @Test
    void series_ofAContainer_areBounded() {
        traffic.add("m", "ns", "p", "a", this);
        for (int i = 0; i < 10_000; i++) {
            ended("m", "/" + i, 200, 0);
        }

        assertThat(traffic.text().lines()).hasSizeLessThan(220);
        assertThat(traffic.text()).contains("route=\"others\",status=\"2xx\"} 9900\n");
    }

    /** A pod may have gone when the next one of its name is here already. */
    @Test
    void remove_leavesThePodThatHasTheNameNow() {
        Object before = new Object();
        traffic.add("m", "ns", "p", "a", before);
        traffic.add("m", "ns", "p", "a", this);

        traffic.remove("m", before);
        assertThat(traffic.size()).isOne();
        traffic.remove("m", this);
        assertThat(traffic.size()).isZero();
    }
}

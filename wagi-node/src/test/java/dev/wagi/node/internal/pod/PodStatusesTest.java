// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodStatusesTest {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{a: 1}                                  | {a: 1}                               | true",
                "{a: 1, b: 2}                            | {a: 1}                               | true",
                "{a: 1}                                  | {a: 2}                               | false",
                "{a: 1}                                  | {a: 1, b: null}                      | true",
                "{a: 1}                                  | {a: 1, b: EMPTY}                     | true",
                "{a: 1, b: x}                            | {a: 1, b: null}                      | false",
                "{}                                      | {a: {}}                              | true",
                "{a: {x: 1}}                             | {a: {}}                              | false",
                "{}                                      | {a: []}                              | true",
                "{c: [{type: A, status: T}, {type: B}]}  | {c: [{type: A, status: T}]}          | true",
                "{c: [{type: B}, {type: A, status: T}]}  | {c: [{type: A, status: T}]}          | true",
                "{c: [{type: A, status: F}]}             | {c: [{type: A, status: T}]}          | false",
                "{c: [{name: a}, {name: b}]}             | {c: [{name: a}]}                     | false",
                "{c: [{name: a}, {name: b}]}             | {c: [{name: b}, {name: a}]}          | false"
            })
    void covers_whatTheApiHas_isComparedAsAPatchWouldChangeIt(String there, String wanted, boolean covered) {
        Map<?, ?> has = JSON.unmarshal("---\n" + there.replace("EMPTY", "\"\""), Map.class);
        Map<?, ?> wants = JSON.unmarshal("---\n" + wanted.replace("EMPTY", "\"\""), Map.class);

        assertThat(PodStatuses.covers(has, wants)).isEqualTo(covered);
    }
}

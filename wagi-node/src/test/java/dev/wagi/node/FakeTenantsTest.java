// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Strangers on our fake API server, which checks nothing of what they write. */
class FakeTenantsTest extends TenantContract {

    private FakeApiServer cluster;

    @BeforeAll
    void start() throws Exception {
        cluster = new FakeApiServer(files);
        prepare();
    }

    @AfterAll
    void stop() throws IOException {
        finish();
        cluster.close();
    }

    @Override
    Cluster cluster() {
        return cluster;
    }
}

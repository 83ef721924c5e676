// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Signatures that other software created: Sigstore's own Go libraries, on which cosign is based (sigstore 1.9.5 for the
 * key, payload and signatures, protobuf-specs 0.5.0 for the bundles). The key was discarded.
 */
class ForeignSignaturesTest {

    private static final String REPOSITORY = "registry.example/team/hello";
    private static final byte[] IMAGE = SignedRepository.utf8("{\"schemaVersion\":2}");
    private static final Digest DIGEST = Digest.sha256(IMAGE);

    private static final String KEY = """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExlLgKuRBf5yQSyoPLBZQUa5FEP8U
            iKHwNsCxSJtksJvwY9ICMA70hHWSjA4gxa5T6PKc0RdCP8bByR2Tf+qPmw==
            -----END PUBLIC KEY-----
            """;

    private static final String PAYLOAD =
            "{\"critical\":{\"identity\":{\"docker-reference\":\"registry.example/team/hello\"},\"image\":{\"docke"
                    + "r-manifest-digest\":\"sha256:bafebd36189ad3688b7b3915ea55d461e0bfcfbdde11e54b0a123999fb6be50"
                    + "f\"},\"type\":\"cosign container image signature\"},\"optional\":null}";
    private static final String SIGNATURE =
            "MEYCIQDiYcoBaNlpVrsRM5uNxMHS+vt9TGZJ455pdn7mF7JCQAIhAMcCNUc19CwUXVKHmk4YIDtWaKCLaxP9+moh+u" + "AAZs5J";
    private static final String ENVELOPE =
            "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\", \"verificationMaterial\":{\"pub"
                    + "licKey\":{\"hint\":\"hint\"}},"
                    + " \"dsseEnvelope\":{\"payload\":\"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pb"
                    + "y9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJkaWdlc3QiOnsic2hhMjU2IjoiYmFmZWJkMzYxODlhZDM2ODhiN2I"
                    + "zOTE1ZWE1NWQ0NjFlMGJmY2ZiZGRlMTFlNTRiMGExMjM5OTlmYjZiZTUwZiJ9fV0sInByZWRpY2F0ZVR5cGUiOiJod"
                    + "HRwczovL3NpZ3N0b3JlLmRldi9jb3NpZ24vc2lnbi92MSIsInByZWRpY2F0ZSI6e319\", \"payloadType\":\"appli"
                    + "cation/vnd.in-toto+json\", \"signatures\":[{\"sig\":\"MEQCIEhJe0YpT8WCc+KOp982PBGcMehIXjbMg9SLor"
                    + "loPtEFAiBpCbLh64J/MEySCocBTPxc3hhtRIgIJ5Koc95Jxb+0/A==\"}]}}";
    private static final String MESSAGE =
            "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\", \"verificationMaterial\":{\"pub"
                    + "licKey\":{\"hint\":\"hint\"}},"
                    + " \"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\", \"di"
                    + "gest\":\"uv69Nhia02iLezkV6lXUYeC/z73eEeVLChI5mftr5Q8=\"}, \"signature\":\"MEUCIQCbffsL85gm0TyuVL"
                    + "o/IC8N1S4F/+p5wgFFt217bhp7dgIgUphK66LVehLIfmkneM8rOIBbHNebNjaNnVriyf1Ekpg=\"}}";

    private static SignatureResult check(SignedRepository repository) throws IOException {
        return new SignatureCheck(REPOSITORY, DIGEST, TrustedKey.parse("foreign.pub", KEY), repository).check();
    }

    @Test
    void simpleSigning_isVerified() throws IOException {
        SignedRepository repository = new SignedRepository()
                .simple(DIGEST, List.of(new SignedRepository.Simple(SignedRepository.utf8(PAYLOAD), SIGNATURE)));

        assertThat(check(repository).text()).isEqualTo("signed with key 'foreign.pub' (simple signing)");
    }

    @Test
    void bundleWithEnvelope_isVerified() throws IOException {
        SignedRepository repository =
                new SignedRepository().bundles(DIGEST, false, List.of(SignedRepository.utf8(ENVELOPE)));

        assertThat(check(repository).text()).isEqualTo("signed with key 'foreign.pub' (bundle with an envelope)");
    }

    @Test
    void bundleWithMessageSignature_isVerified() throws IOException {
        SignedRepository repository = new SignedRepository()
                .manifest(DIGEST.toString(), IMAGE)
                .bundles(DIGEST, true, List.of(SignedRepository.utf8(MESSAGE)));

        assertThat(check(repository).text())
                .isEqualTo("signed with key 'foreign.pub' (bundle with a message signature)");
    }
}

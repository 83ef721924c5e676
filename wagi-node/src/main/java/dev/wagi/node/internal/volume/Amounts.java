// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.volume;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;

/** Converts quantities of Kubernetes to numbers of a bounded size. */
public final class Amounts {

    /** More than any node has of any resource. */
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final int DIGITS = 40;

    private Amounts() {}

    /**
     * Returns an amount. One with an extreme exponent, which would take as many digits, is the largest one or 0; one
     * that is not a number is the largest one.
     */
    public static BigDecimal of(Quantity quantity) {
        BigDecimal amount;
        try {
            amount = quantity.getNumericalAmount();
        } catch (ArithmeticException | IllegalArgumentException e) {
            return MOST;
        }
        if (amount.signum() <= 0) {
            return amount.signum() == 0 || amount.scale() < -DIGITS ? BigDecimal.ZERO : amount;
        }
        // as many digits before the point
        long size = (long) amount.precision() - amount.scale();
        return size > DIGITS ? MOST : size < -DIGITS ? BigDecimal.ZERO : amount.min(MOST);
    }
}

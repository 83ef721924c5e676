# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# What the scripts of this directory have in common; read by them with ".".

# Some shells count seconds in the variable of this name: what was given is in the environment.
SECONDS_EACH=$(env | sed -n 's/^SECONDS=//p')

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

die() {
  echo "$0: $*" >&2
  exit 1
}

median() { # column, of lines on standard input
  awk -v column="$1" '{ print $column }' | sort -g |
    awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

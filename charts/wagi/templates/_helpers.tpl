{{/*
SPDX-FileCopyrightText: The WAGI for the JVM authors
SPDX-License-Identifier: Apache-2.0
*/}}

{{- define "wagi.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "wagi.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: {{ .Values.mode }}
{{- end -}}

{{- define "wagi.labels" -}}
{{ include "wagi.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "wagi.image" -}}
{{- $repository := required "image.repository is missing: no image is published yet, make one as docs/containers.md says" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* The configuration of a server: the key in its ConfigMap. */ -}}
{{- define "wagi.configurationKey" -}}
{{- $server := .Values.server -}}
{{- $given := 0 -}}
{{- if $server.configuration }}{{ $given = add1 $given }}{{ end -}}
{{- if $server.modulesToml }}{{ $given = add1 $given }}{{ end -}}
{{- if $server.existingConfigMap.name }}{{ $given = add1 $given }}{{ end -}}
{{- if ne (int $given) 1 -}}
{{- fail (printf "%d of server.configuration, server.modulesToml and server.existingConfigMap.name are set; set one of them" (int $given)) -}}
{{- end -}}
{{- if $server.configuration -}}modules.yaml
{{- else if $server.modulesToml -}}modules.toml
{{- else -}}{{ $server.existingConfigMap.key }}
{{- end -}}
{{- end -}}

{{- define "wagi.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "wagi.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- /* What pods of both modes have. */ -}}
{{- define "wagi.podSpec" -}}
serviceAccountName: {{ include "wagi.fullname" . | quote }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext: {{- include "wagi.podSecurityContext" . | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "wagi.env" -}}
{{- with .Values.javaOptions }}
- {name: WAGI_JAVA_OPTS, value: {{ . | quote }}}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "wagi.volumeMounts" -}}
- {name: cache, mountPath: /var/cache/wagi}
- {name: tmp, mountPath: /tmp}
{{- if .Values.registrySecret }}
- {name: registry, mountPath: /etc/wagi-registry, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "wagi.volumes" -}}
- name: cache
  {{- if .Values.cache.existingClaim }}
  persistentVolumeClaim: {claimName: {{ .Values.cache.existingClaim | quote }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ .Values.cache.sizeLimit | quote }}}
  {{- end }}
- {name: tmp, emptyDir: {sizeLimit: 1Gi}}
{{- if .Values.registrySecret }}
- name: registry
  secret:
    secretName: {{ .Values.registrySecret | quote }}
    items: [{key: .dockerconfigjson, path: config.json}]
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "wagi.registryArgs" -}}
{{- if .Values.registrySecret }}
- --registry-config=/etc/wagi-registry/config.json
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

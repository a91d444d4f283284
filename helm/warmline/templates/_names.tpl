{{- /* Names and labels. A service's objects are called RELEASE-warmline-SERVICE. */ -}}

{{- define "warmline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "warmline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "warmline.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "warmline.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "warmline.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/part-of: warmline
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "warmline.selector" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "warmline.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* What the code declares: topics, and each service's reads and whether it keeps state. See files/declared.yaml. */ -}}
{{- /* Strimzi has v1 from 0.49 on; before, v1beta2 alone. A cluster that says nothing is taken to be new. */ -}}
{{- define "warmline.strimziApi" -}}
{{- $old := .Capabilities.APIVersions.Has "kafka.strimzi.io/v1beta2/KafkaTopic" -}}
{{- $new := .Capabilities.APIVersions.Has "kafka.strimzi.io/v1/KafkaTopic" -}}
{{- ternary "kafka.strimzi.io/v1beta2" "kafka.strimzi.io/v1" (and $old (not $new)) -}}
{{- end -}}

{{- define "warmline.declared" -}}
{{- .Files.Get "files/declared.yaml" -}}
{{- end -}}

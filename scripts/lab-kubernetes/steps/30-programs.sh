#!/bin/sh
# step: the programs of Kubernetes, the longest step
# usually: 270
# What `make all` does in the tree, without its generators of what the source package holds already:
# only the API server's OpenAPI code is missing there. All static, so that an image needs nothing but
# its program.
set -eu
. "$HERE/common.sh"

programs='kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy'

# What the programs say of their version: kubeadm asks the kubelet, and counts an unnamed one as 0.0.0.
flags="-s -w -buildid="
for setting in "buildDate=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
  "gitCommit=debian-$(cat "$WORK/source-version")" gitTreeState=archive \
  "gitVersion=v$KUBERNETES_VERSION" gitMajor=1 gitMinor=20; do
  for package in client-go/pkg/version component-base/version; do
    flags="$flags -X k8s.io/kubernetes/vendor/k8s.io/$package.$setting"
  done
done

in_go_tree sh -eu -c '
  flags=$1
  shift
  # The packages whose types are in the OpenAPI document, as Makefile.generated_files finds them.
  packages=$(find -H . \( -path "./_*" -o -path "./.*" -o -path ./vendor \) -prune -o \
    -type f -name "*.go" -print0 | xargs -0 grep -l "^// *+k8s:" | xargs grep -l "+k8s:openapi-gen=" |
    sed "s|/[^/]*$||; s|^\./staging/src|vendor|; s|^\./||" |
    grep -v -e "^vendor/k8s.io/code-generator\(/\|$\)" -e "^vendor/k8s.io/sample-apiserver\(/\|$\)" |
    LC_ALL=C sort -u | sed "s|^|k8s.io/kubernetes/|" | paste -s -d , -)
  mkdir -p /build/tools /build/programs
  $GO_BUILD -o /build/tools/openapi-gen ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  /build/tools/openapi-gen --logtostderr -i "$packages" \
    -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r /build/tools/violations
  # As the tree itself checks: what the generator complains of is what is known.
  diff /build/tools/violations api/api-rules/violation_exceptions.list
  for program; do set -- "$@" "./cmd/$program"; shift; done
  $GO_BUILD -tags selinux,notest -ldflags "$flags" -o /build/programs/ "$@"
' programs "$flags" $programs

rm -rf "$WORK/programs"
mkdir -p "$WORK/programs"
for program in $programs; do
  install -m 0755 "$ROOT/build/programs/$program" "$WORK/programs/$program"
done

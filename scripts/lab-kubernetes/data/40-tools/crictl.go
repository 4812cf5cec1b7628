// The lab's stand-in for crictl, which Debian does not have: the commands that kubeadm 1.20 and an
// operator need, spoken over CRI itself with the client that the kubelet uses. It belongs to the
// lab alone.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
	"k8s.io/kubernetes/pkg/kubelet/cri/remote"
	"sigs.k8s.io/yaml"
)

const identity = "crictl, the stand-in of planetbed's lab (not the one of the Kubernetes project)"

const usage = identity + `

usage: crictl [-r ENDPOINT] [-t SECONDS|DURATION] COMMAND

  version, info                         what the runtime is, and whether it is ready
  images [-q], inspecti IMAGE…          the images, and one of them
  pull IMAGE, rmi IMAGE…
  pods [-q], inspectp POD…              the pods
  stopp POD…, rmp [-f] POD…
  ps [-a] [-q], inspect CONTAINER…      the containers
  logs CONTAINER, exec CONTAINER COMMAND…
  stop CONTAINER…, rm [-f] CONTAINER…

The endpoint is that of -r, of CONTAINER_RUNTIME_ENDPOINT, of /etc/crictl.yaml, or
unix:///run/containerd/containerd.sock. Pods and containers may be named by the start of their id.
`

// options are what may stand before and after the command; operands are the rest.
type options struct {
	endpoint          string
	timeout           time.Duration
	quiet, all, force bool
	command           string
	operands          []string
}

func parse(arguments []string) (options, error) {
	o := options{endpoint: os.Getenv("CONTAINER_RUNTIME_ENDPOINT"), timeout: 10 * time.Second}
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		name, value, joined := word, "", false
		if at := strings.Index(word, "="); at > 0 && strings.HasPrefix(word, "-") {
			name, value, joined = word[:at], word[at+1:], true
		}
		take := func() error {
			if joined {
				return nil
			}
			if len(arguments) == 0 {
				return fmt.Errorf("%s needs a value", name)
			}
			value, arguments = arguments[0], arguments[1:]
			return nil
		}
		switch name {
		case "-r", "--runtime-endpoint":
			if err := take(); err != nil {
				return o, err
			}
			o.endpoint = value
		case "-i", "--image-endpoint":
			// containerd serves images where it serves the rest.
			if err := take(); err != nil {
				return o, err
			}
		case "-t", "--timeout":
			if err := take(); err != nil {
				return o, err
			}
			if !strings.ContainsAny(value, "smh") {
				value += "s"
			}
			duration, err := time.ParseDuration(value)
			if err != nil {
				return o, err
			}
			o.timeout = duration
		case "-q", "--quiet":
			o.quiet = true
		case "-a", "--all":
			o.all = true
		case "-f", "--force":
			o.force = true
		case "-h", "--help":
			o.command = "help"
			return o, nil
		case "-v", "--version":
			o.command = "--version"
			return o, nil
		default:
			if strings.HasPrefix(word, "-") {
				return o, fmt.Errorf("the lab's stand-in does not know %s", word)
			}
			if o.command == "" {
				o.command = word
				continue
			}
			o.operands = append(o.operands, word)
			if o.command == "exec" && len(o.operands) == 1 {
				o.operands = append(o.operands, arguments...)
				return o, nil
			}
		}
	}
	return o, nil
}

// endpoint is where the runtime listens, as a URL.
func (o options) address() (string, error) {
	address := o.endpoint
	if address == "" {
		if text, err := os.ReadFile("/etc/crictl.yaml"); err == nil {
			var configuration struct {
				Endpoint string `json:"runtime-endpoint"`
			}
			if err := yaml.Unmarshal(text, &configuration); err != nil {
				return "", fmt.Errorf("/etc/crictl.yaml: %v", err)
			}
			address = configuration.Endpoint
		}
	}
	if address == "" {
		address = "/run/containerd/containerd.sock"
	}
	if strings.HasPrefix(address, "/") {
		address = "unix://" + address
	}
	// The client would wait for its whole timeout before saying less.
	if _, err := os.Stat(strings.TrimPrefix(address, "unix://")); err != nil {
		return "", fmt.Errorf("the container runtime does not listen at %s: %v", address, err)
	}
	return address, nil
}

type client struct {
	options
	runtime internalapi.RuntimeService
	images  internalapi.ImageManagerService
}

func printJSON(value interface{}) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		fmt.Println(string(text))
	}
	return err
}

// table prints rows under a heading, or with -q only each row's id.
func (c client) table(heading string, rows [][]string, id int) {
	if c.quiet {
		for _, row := range rows {
			fmt.Println(row[id])
		}
		return
	}
	writer := tabwriter.NewWriter(os.Stdout, 0, 8, 3, ' ', 0)
	fmt.Fprintln(writer, heading)
	for _, row := range rows {
		for index, cell := range row {
			if index == id && len(cell) > 13 && !strings.Contains(heading, "IMAGE ID") {
				row[index] = cell[:13]
			}
		}
		fmt.Fprintln(writer, strings.Join(row, "\t"))
	}
	writer.Flush()
}

func when(nanoseconds int64) string {
	return time.Unix(0, nanoseconds).UTC().Format(time.RFC3339)
}

// each does something for every operand, and fails with the first that fails.
func (c client) each(do func(string) error) error {
	if len(c.operands) == 0 {
		return fmt.Errorf("%s: of what?", c.command)
	}
	for _, operand := range c.operands {
		if err := do(operand); err != nil {
			return fmt.Errorf("%s %s: %v", c.command, operand, err)
		}
	}
	return nil
}

func (c client) pods() error {
	pods, err := c.runtime.ListPodSandbox(nil)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, pod := range pods {
		state := "NotReady"
		if pod.State == runtimeapi.PodSandboxState_SANDBOX_READY {
			state = "Ready"
		}
		metadata := pod.GetMetadata()
		rows = append(rows, []string{pod.Id, when(pod.CreatedAt), state, metadata.GetName(),
			metadata.GetNamespace(), fmt.Sprint(metadata.GetAttempt())})
	}
	c.table("POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT", rows, 0)
	return nil
}

func (c client) containers() error {
	var filter *runtimeapi.ContainerFilter
	if !c.all {
		filter = &runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{
			State: runtimeapi.ContainerState_CONTAINER_RUNNING}}
	}
	containers, err := c.runtime.ListContainers(filter)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, container := range containers {
		state := strings.TrimPrefix(container.State.String(), "CONTAINER_")
		rows = append(rows, []string{container.Id, container.GetImage().GetImage(),
			when(container.CreatedAt), state[:1] + strings.ToLower(state[1:]),
			container.GetMetadata().GetName(), fmt.Sprint(container.GetMetadata().GetAttempt()),
			container.PodSandboxId[:13]})
	}
	c.table("CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID", rows, 0)
	return nil
}

func (c client) listImages() error {
	images, err := c.images.ListImages(nil)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, image := range images {
		names := image.RepoTags
		if len(names) == 0 {
			names = append(image.RepoDigests, "<none>")[:1]
		}
		for _, name := range names {
			rows = append(rows, []string{name, image.Id, fmt.Sprintf("%.1fMB", float64(image.Size_)/1e6)})
		}
	}
	c.table("IMAGE\tIMAGE ID\tSIZE", rows, 1)
	return nil
}

func (c client) image(name string) error {
	image, err := c.images.ImageStatus(&runtimeapi.ImageSpec{Image: name})
	if err != nil {
		return err
	}
	if image == nil {
		return errors.New("no such image")
	}
	return printJSON(map[string]interface{}{"status": image})
}

func (c client) removePod(id string) error {
	if c.force {
		if err := c.runtime.StopPodSandbox(id); err != nil {
			return err
		}
	}
	return c.runtime.RemovePodSandbox(id)
}

func (c client) removeContainer(id string) error {
	if c.force {
		if err := c.runtime.StopContainer(id, 0); err != nil {
			return err
		}
	}
	return c.runtime.RemoveContainer(id)
}

// logs prints what a container wrote: the runtime's file holds "time stream flag text" by line.
func (c client) logs(id string) error {
	status, err := c.runtime.ContainerStatus(id)
	if err != nil {
		return err
	}
	file, err := os.Open(status.LogPath)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReader(file)
	for {
		line, err := reader.ReadString('\n')
		if fields := strings.SplitN(line, " ", 4); len(fields) == 4 {
			text := fields[3]
			if fields[2] == "P" {
				text = strings.TrimSuffix(text, "\n")
			}
			if fields[1] == "stderr" {
				fmt.Fprint(os.Stderr, text)
			} else {
				fmt.Print(text)
			}
		}
		if err != nil {
			return nil
		}
	}
}

func (c client) execute() error {
	if len(c.operands) < 2 {
		return errors.New("exec needs a container and a command")
	}
	stdout, stderr, err := c.runtime.ExecSync(c.operands[0], c.operands[1:], 0)
	os.Stdout.Write(stdout)
	os.Stderr.Write(stderr)
	return err
}

func (c client) version() error {
	version, err := c.runtime.Version("0.1.0")
	if err != nil {
		return err
	}
	fmt.Printf("Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
		version.Version, version.RuntimeName, version.RuntimeVersion, version.RuntimeApiVersion)
	return nil
}

func (c client) run() error {
	switch c.command {
	case "version":
		return c.version()
	case "info":
		status, err := c.runtime.Status()
		if err != nil {
			return err
		}
		return printJSON(map[string]interface{}{"status": status})
	case "images", "image":
		return c.listImages()
	case "inspecti":
		return c.each(c.image)
	case "pull":
		return c.each(func(name string) error {
			reference, err := c.images.PullImage(&runtimeapi.ImageSpec{Image: name}, nil, nil)
			if err == nil {
				fmt.Printf("Image is up to date for %s\n", reference)
			}
			return err
		})
	case "rmi":
		return c.each(func(name string) error {
			return c.images.RemoveImage(&runtimeapi.ImageSpec{Image: name})
		})
	case "pods":
		return c.pods()
	case "inspectp":
		return c.each(func(id string) error {
			status, err := c.runtime.PodSandboxStatus(id)
			if err != nil {
				return err
			}
			return printJSON(map[string]interface{}{"status": status})
		})
	case "stopp":
		return c.each(c.runtime.StopPodSandbox)
	case "rmp":
		return c.each(c.removePod)
	case "ps":
		return c.containers()
	case "inspect":
		return c.each(func(id string) error {
			status, err := c.runtime.ContainerStatus(id)
			if err != nil {
				return err
			}
			return printJSON(map[string]interface{}{"status": status})
		})
	case "logs":
		return c.each(c.logs)
	case "exec":
		return c.execute()
	case "stop":
		return c.each(func(id string) error { return c.runtime.StopContainer(id, 10) })
	case "rm":
		return c.each(c.removeContainer)
	}
	return fmt.Errorf("the lab's stand-in does not know the command %q", c.command)
}

func main() {
	o, err := parse(os.Args[1:])
	fail := func(err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "crictl (the lab's stand-in): %v\n", err)
			os.Exit(1)
		}
	}
	fail(err)
	switch o.command {
	case "--version":
		fmt.Println(identity)
		return
	case "", "help":
		fmt.Print(usage)
		return
	}
	address, err := o.address()
	fail(err)
	runtime, err := remote.NewRemoteRuntimeService(address, o.timeout)
	fail(err)
	images, err := remote.NewRemoteImageService(address, o.timeout)
	fail(err)
	fail(client{options: o, runtime: runtime, images: images}.run())
}

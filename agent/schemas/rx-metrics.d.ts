/* SPDX-License-Identifier: MIT */
/**
 * What rx-metrics writes, one JSON record a line.
 *
 * MB is 2^20 bytes and GB 2^30; percentages go from 0 to 100.  A member that is
 * optional is left out when its value could not be had: it is never 0 instead.
 */

/** RFC 3339 in UTC, "2026-01-06T09:30:00.123Z". */
export type Timestamp = string;

/** rx-metrics: a sample of the host. */
export interface Telemetry {
  timestamp: Timestamp;
  node_id: string;
  metrics: Metrics;
}

/** Groups are there unless --only left them out. */
export interface Metrics {
  cpu?: Cpu;
  memory?: Memory;
  disk?: Disk;
  network?: Network;
  processes?: Processes;
  /** Limits of the container, where there are any. */
  cgroup?: Cgroup;
  /** With --self: what tools told of themselves, by file. */
  self?: Record<string, SelfFile>;
  uptime_seconds?: number;
  /** Since the reading before: what the rates are about. */
  interval_seconds?: number;
}

export interface Cpu {
  /** Over all cores; steal counts, waiting for disks does not. */
  cpu_usage_percent?: number;
  iowait_percent?: number;
  steal_percent?: number;
  cores: number;
  /** By core number; null for one that is offline. */
  per_core_percent: (number | null)[];
  load_avg_1m?: number;
  load_avg_5m?: number;
  load_avg_15m?: number;
  /** A counter started anew: rates are absent once. */
  reset?: true;
}

export interface Memory {
  /** Of the total, what is not available without swapping. */
  memory_usage_percent?: number;
  memory_total_mb?: number;
  memory_used_mb?: number;
  memory_available_mb?: number;
  swap_usage_percent?: number;
  swap_total_mb?: number;
  swap_used_mb?: number;
}

export interface Disk {
  /** By mount point. */
  disk_usage: Record<string, Mount>;
  read_mb_per_sec?: number;
  write_mb_per_sec?: number;
  /** By disk. */
  disk_io: Record<string, DiskIo>;
  /** A counter started anew: rates are absent once. */
  reset?: true;
}

export interface Mount {
  /** Used of used and available, as df(1) has it. */
  usage_percent?: number;
  total_gb?: number;
  used_gb?: number;
  available_gb?: number;
  /** It did not answer in time, and has no other member. */
  stale?: true;
}

export interface DiskIo {
  read_mb_per_sec?: number;
  write_mb_per_sec?: number;
  busy_percent?: number;
}

export interface Network {
  bytes_sent_mb_per_sec?: number;
  bytes_recv_mb_per_sec?: number;
  packets_sent_per_sec?: number;
  packets_recv_per_sec?: number;
  /** Since boot, as the next three. */
  bytes_sent?: number;
  bytes_recv?: number;
  packets_sent?: number;
  packets_recv?: number;
  /** TCP over IPv4 and IPv6, established or close-wait. */
  active_connections?: number;
  /** A counter started anew: rates are absent once. */
  reset?: true;
}

export interface Processes {
  process_count?: number;
  /** Largest first; --top says how many. */
  top_memory: TopProcess[];
}

export interface TopProcess {
  pid: number;
  name: string;
  /** Resident. */
  memory_mb: number;
  memory_percent?: number;
}

export interface Cgroup {
  memory_limit_mb?: number;
  memory_used_mb?: number;
  memory_usage_percent?: number;
  cpu_limit_cores?: number;
  cpu_usage_cores?: number;
  /** Of the limit; over 100 for a moment. */
  cpu_usage_percent?: number;
  pids_limit?: number;
  pids_count?: number;
}

/** Families by name: a number, or numbers by the value of their one label. */
export interface SelfFile {
  age_seconds: number;
  [family: string]: number | Record<string, number>;
}

/** rx-metrics --flat: 19 members, null where a value could not be had. */
export interface FlatTelemetry {
  node_id: string;
  timestamp: Timestamp;
  cpu_percent: number | null;
  memory_percent: number | null;
  memory_used_mb: number | null;
  memory_total_mb: number | null;
  /** The root file system, as the next two. */
  disk_percent: number | null;
  disk_used_gb: number | null;
  disk_total_gb: number | null;
  /** Since boot, as the next one. */
  network_rx_bytes: number | null;
  network_tx_bytes: number | null;
  /** MB, not megabits, per second; as the next one. */
  network_rx_rate_mbps: number | null;
  network_tx_rate_mbps: number | null;
  uptime_seconds: number | null;
  process_count: number | null;
  active_connections: number | null;
  load_avg_1m: number | null;
  load_avg_5m: number | null;
  load_avg_15m: number | null;
}

/** rx-metrics --heartbeat. */
export interface Heartbeat {
  node_id: string;
  status: "online" | "offline";
  timestamp: Timestamp;
}

/** rx-metrics --info; saved as system_info.json. */
export interface SystemInfo {
  /** Equal to node_id. */
  id: string;
  node_id: string;
  timestamp: Timestamp;
  hostname: string | null;
  os_type: string | null;
  os_name: string | null;
  os_version: string | null;
  os_release: string | null;
  architecture: string | null;
  ip_address: string | null;
  mac_address: string | null;
  memory_total_mb: number | null;
  /** The root file system. */
  disk_total_gb: number | null;
  cpu_cores_physical: number | null;
  cpu_cores_logical: number | null;
}

/** What makes a system run `sparkq up` for a folder when its user logs in. Pure. */

import { launchdService } from './launchd';
import type { Service, ServiceFacts } from './serviceParts';
import { systemdService } from './systemd';
import { taskSchedulerService } from './taskScheduler';

export type ServiceKind = 'systemd' | 'launchd' | 'taskScheduler';

export function serviceKind(platform: NodeJS.Platform): ServiceKind {
  if (platform === 'darwin') return 'launchd';
  return platform === 'win32' ? 'taskScheduler' : 'systemd';
}

const makers = { systemd: systemdService, launchd: launchdService, taskScheduler: taskSchedulerService };

export function serviceOf(kind: ServiceKind, facts: ServiceFacts): Service {
  return makers[kind](facts);
}

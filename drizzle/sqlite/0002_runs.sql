CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`learner_id` text NOT NULL,
	`exercise_id` text NOT NULL,
	`language` text NOT NULL,
	`code` text NOT NULL,
	`seed` text NOT NULL,
	`status` text NOT NULL,
	`events` text NOT NULL,
	`result` text,
	`attempts` integer NOT NULL,
	`fence` integer NOT NULL,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	FOREIGN KEY (`learner_id`) REFERENCES `learners`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `runs_by_status` ON `runs` (`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `runs_by_learner` ON `runs` (`learner_id`,`finished_at`);
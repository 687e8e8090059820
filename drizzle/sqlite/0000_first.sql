CREATE TABLE `submission_events` (
	`submission_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`submission_id`, `seq`),
	FOREIGN KEY (`submission_id`) REFERENCES `submissions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `items` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`section` text NOT NULL,
	`removed` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `learners` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`settings` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reviews` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`learner_id` text NOT NULL,
	`item_id` text NOT NULL,
	`standing` text NOT NULL,
	`rating` text NOT NULL,
	`origin` text NOT NULL,
	`submission_id` text,
	`answered_at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`time_zone` text NOT NULL,
	`rollover_hour` integer NOT NULL,
	`study_day` text NOT NULL,
	`state_before` text NOT NULL,
	`stability_before` real NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL,
	FOREIGN KEY (`learner_id`) REFERENCES `learners`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`item_id`) REFERENCES `items`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`submission_id`) REFERENCES `submissions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reviews_by_id` ON `reviews` (`id`);--> statement-breakpoint
CREATE INDEX `reviews_by_day` ON `reviews` (`learner_id`,`standing`,`study_day`,`duration_ms`);--> statement-breakpoint
CREATE INDEX `reviews_by_item` ON `reviews` (`learner_id`,`item_id`,`answered_at`);--> statement-breakpoint
CREATE INDEX `reviews_by_instant` ON `reviews` (`learner_id`,`answered_at`);--> statement-breakpoint
CREATE INDEX `reviews_by_order` ON `reviews` (`learner_id`,`seq`);--> statement-breakpoint
CREATE INDEX `reviews_by_submission` ON `reviews` (`submission_id`);--> statement-breakpoint
CREATE TABLE `states` (
	`learner_id` text NOT NULL,
	`item_id` text NOT NULL,
	`version` integer NOT NULL,
	`state` text NOT NULL,
	`stability` real NOT NULL,
	`difficulty` real NOT NULL,
	`due_at` integer NOT NULL,
	`due_day` text NOT NULL,
	`last_review_at` integer,
	`last_review_day` text,
	`scheduled_days` integer NOT NULL,
	`learning_step` integer NOT NULL,
	`reps` integer NOT NULL,
	`lapses` integer NOT NULL,
	`suspended` integer NOT NULL,
	`buried_until_day` text,
	`leech` integer NOT NULL,
	`edited_version` integer NOT NULL,
	`median_duration_ms` integer,
	PRIMARY KEY(`learner_id`, `item_id`),
	FOREIGN KEY (`learner_id`) REFERENCES `learners`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`item_id`) REFERENCES `items`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `submissions` (
	`id` text PRIMARY KEY NOT NULL,
	`learner_id` text NOT NULL,
	`exercise_id` text NOT NULL,
	`language` text NOT NULL,
	`code` text NOT NULL,
	`active_ms` integer,
	`status` text NOT NULL,
	`verdict` text,
	`result` text,
	`operator_log` text,
	`seed` text NOT NULL,
	`suite_hash` text,
	`attempts` integer NOT NULL,
	`fence` integer NOT NULL,
	`lease_until` integer,
	`not_before` integer NOT NULL,
	`cancel_requested` integer NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	FOREIGN KEY (`learner_id`) REFERENCES `learners`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `submissions_by_status` ON `submissions` (`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_exercise` ON `submissions` (`learner_id`,`exercise_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_learner` ON `submissions` (`learner_id`,`created_at`);